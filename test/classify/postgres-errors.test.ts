import assert from 'node:assert/strict';
import { once } from 'node:events';
import { inspect } from 'node:util';
import pg from 'pg';
import { classifyError } from '../../src/classify/index.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { rejection } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';
import type { PostgresContext } from '../support/postgres.ts';

type Meaning = readonly [code: ErrorCode, className: string, retryable: boolean];

const STATEMENT: Meaning = ['STATEMENT_FAILED', 'PermanentError', false];
const ROW: Meaning = ['BAD_ROW', 'PermanentError', false];
const CONSTRAINT: Meaning = ['CONSTRAINT_VIOLATION', 'PermanentError', false];
const LOST: Meaning = ['CONNECTION_LOST', 'TransientError', true];
const UNAVAILABLE: Meaning = ['SERVER_UNAVAILABLE', 'TransientError', true];
const CONFLICT: Meaning = ['SERIALIZATION_FAILURE', 'TransientError', true];
const FAILED: Meaning = ['SERVER_ERROR', 'TransientError', true];
const DISK: Meaning = ['DISK_FULL', 'PermanentError', false];
const MISSING: Meaning = ['NOT_FOUND', 'NotFoundError', false];
const EXISTS: Meaning = ['ALREADY_EXISTS', 'PermanentError', false];
const AUTH: Meaning = ['AUTH_FAILED', 'AuthError', false];
const NOBODY_KNOWS: Meaning = ['COMMIT_UNKNOWN', 'PermanentError', false];

/** Every class of the manual's appendix A whose states are errors. */
const CLASSES: Readonly<Record<string, Meaning>> = {
  ...{ '03': STATEMENT, '08': LOST, '09': STATEMENT, '0A': STATEMENT, '0B': STATEMENT, '0F': STATEMENT },
  ...{ '0L': STATEMENT, '0P': STATEMENT, '0Z': STATEMENT, '10': STATEMENT, '20': STATEMENT, '21': STATEMENT },
  ...{ '22': ROW, '23': CONSTRAINT, '24': STATEMENT, '25': STATEMENT, '26': STATEMENT, '27': STATEMENT },
  ...{ '28': AUTH, '2B': STATEMENT, '2D': STATEMENT, '2F': STATEMENT, '34': STATEMENT, '38': STATEMENT },
  ...{ '39': STATEMENT, '3B': STATEMENT, '3D': MISSING, '3F': MISSING, '40': CONFLICT, '42': STATEMENT },
  ...{ '44': CONSTRAINT, '53': DISK, '54': STATEMENT, '55': STATEMENT, '57': UNAVAILABLE, '58': FAILED },
  ...{ '72': CONFLICT, F0: STATEMENT, HV: STATEMENT, P0: STATEMENT, XX: FAILED },
};

/** The states that mean something else than their class. */
const SPECIAL: Readonly<Record<string, Meaning>> = {
  '08001': ['CONNECTION_FAILED', 'TransientError', true],
  '08004': ['CONNECTION_FAILED', 'TransientError', true],
  '08007': NOBODY_KNOWS,
  '22023': STATEMENT,
  '25006': UNAVAILABLE,
  '25P03': LOST,
  '25P04': LOST,
  '40002': CONSTRAINT,
  '40003': NOBODY_KNOWS,
  '42501': ['ACCESS_DENIED', 'AuthError', false],
  '42710': EXISTS,
  '42P01': MISSING,
  '42P04': EXISTS,
  '42P06': EXISTS,
  '42P07': EXISTS,
  '53200': UNAVAILABLE,
  '53300': UNAVAILABLE,
  '53400': UNAVAILABLE,
  '55P03': ['LOCK_TIMEOUT', 'TimeoutError', true],
  '57014': ['STATEMENT_TIMEOUT', 'TimeoutError', true],
  '57P01': LOST,
  '57P02': LOST,
  '57P04': MISSING,
  '57P05': LOST,
  '58P01': STATEMENT,
  '58P02': STATEMENT,
  '58P03': STATEMENT,
  HV00N: UNAVAILABLE,
  XX001: ['SERVER_ERROR', 'TransientError', false],
  XX002: ['SERVER_ERROR', 'TransientError', false],
};

const meaningOf = (error: unknown): Meaning => {
  const { code, constructor, retryable } = classifyError(error);
  return [code, constructor.name, retryable];
};

/** A value that the server repeats in its words, and that no error of ours may hold. */
const CANARY = 'c4n4ry';

const TABLES = `
  CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL CHECK (b <> '${CANARY}!'), EXCLUDE USING btree (b WITH =));
  CREATE TABLE child (a int REFERENCES t);
  CREATE VIEW large AS SELECT * FROM t WHERE a > 10 WITH CHECK OPTION;
  CREATE SCHEMA taken;
  CREATE ROLE nobody LOGIN PASSWORD 'x';
  CREATE ROLE refused LOGIN PASSWORD 'x' CONNECTION LIMIT 0;
  INSERT INTO t VALUES (1, '${CANARY}')`;

/** Calls itself without end. */
const DEEP =
  'CREATE FUNCTION pg_temp.deep(a text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN pg_temp.deep(a); END $$';

/** Statements of one session, the last of which the server refuses. */
const STATEMENTS: readonly (readonly [sqlState: string, ...statements: string[]])[] = [
  ['0A000', `CREATE TABLE o (a text DEFAULT (SELECT '${CANARY}'))`],
  ['21000', `SELECT (SELECT '${CANARY}' FROM generate_series(1, 2))`],
  [
    '22001',
    `SELECT '${CANARY}'::varchar; CREATE TEMP TABLE short (a varchar(1))`,
    `INSERT INTO short VALUES ('${CANARY}')`,
  ],
  ['22003', 'SELECT 2147483647 + 1'],
  ['22007', `SELECT '${CANARY}'::date`],
  ['22012', 'SELECT 1 / 0'],
  ['22023', `SELECT set_config('work_mem', '${CANARY}', true)`],
  ['22P02', `SELECT '${CANARY}'::int`],
  ['22P05', `SELECT convert_to('${CANARY} \u20ac', 'LATIN2')`],
  ['23502', `INSERT INTO t VALUES (2, NULL) RETURNING '${CANARY}'`],
  ['23503', 'INSERT INTO child VALUES (7)'],
  ['23505', `INSERT INTO t VALUES (1, '${CANARY} 2')`],
  ['23514', `INSERT INTO t VALUES (2, '${CANARY}!')`],
  ['23P01', `INSERT INTO t VALUES (2, '${CANARY}')`],
  ['25006', 'SET default_transaction_read_only = on', `INSERT INTO t VALUES (2, '${CANARY}')`],
  ['25P02', 'BEGIN', 'SELECT 1 / 0', `SELECT '${CANARY}'`],
  ['26000', `EXECUTE ${CANARY}`],
  ['2BP01', 'DROP TABLE t'],
  ['34000', `FETCH ${CANARY}`],
  ['3B001', 'BEGIN', `ROLLBACK TO ${CANARY}`],
  ['3F000', `CREATE TABLE ${CANARY}.t ()`],
  ['42501', 'SET ROLE nobody', `INSERT INTO t VALUES (2, '${CANARY}')`],
  ['42601', `SELEC '${CANARY}'`],
  ['42703', `SELECT ${CANARY} FROM t`],
  ['42710', 'CREATE ROLE nobody'],
  ['42883', `SELECT ${CANARY}()`],
  ['42P01', `SELECT '${CANARY}' FROM ${CANARY}`],
  ['42P04', 'CREATE DATABASE postgres'],
  ['42P06', 'CREATE SCHEMA taken'],
  ['42P07', 'CREATE TABLE t ()'],
  ['44000', `INSERT INTO large VALUES (2, '${CANARY} 2')`],
  ['53100', `DO $$ BEGIN RAISE '${CANARY}' USING ERRCODE = '53100', DETAIL = '${CANARY}', HINT = '${CANARY}'; END $$`],
  ['54001', `${DEEP}; SET max_stack_depth = 100`, `SELECT pg_temp.deep('${CANARY}')`],
  ['55000', "SELECT currval('taken.ids')"],
  ['55P03', `SET lock_timeout = 50`, `INSERT INTO locked VALUES ('${CANARY}')`],
  ['57014', 'SET statement_timeout = 50', `SELECT pg_sleep(30), '${CANARY}'`],
  ['58P01', `SELECT pg_read_file('${CANARY}')`],
  ['P0001', `DO $$ BEGIN RAISE '${CANARY}' USING COLUMN = '${CANARY}', CONSTRAINT = '${CANARY}'; END $$`],
  ['XX000', `DO $$ BEGIN RAISE '${CANARY}' USING ERRCODE = 'XX000'; END $$`],
];

describePostgres('the errors of Postgres', (context) => {
  it('all have a code, a class and a word on retrying, in the list that the server itself ships', async () => {
    const [row] = await context().sql(
      `SELECT pg_read_file(setting || '/errcodes.txt') AS text FROM pg_config WHERE name = 'SHAREDIR'`,
    );
    const text = String(row?.['text']);
    const states = new Set([...text.matchAll(/^([0-9A-Z]{5})\s+E\s/gm)].map(([, state = '']) => state));
    assert.ok(states.size > 230, `only ${states.size} states`);
    const wrong = [...states].flatMap((code) => {
      const expected = SPECIAL[code] ?? CLASSES[code.slice(0, 2)];
      const given = Object.assign(new Error(CANARY), { code, severity: 'ERROR', detail: CANARY, where: CANARY });
      const ours = classifyError(given);
      const asExpected = inspect(meaningOf(given)) === inspect(expected) && ours.sqlState === code;
      return asExpected && !shown(ours).includes(CANARY) ? [] : [[code, meaningOf(given), expected]];
    });
    assert.deepEqual(wrong, []);
    // 25P04 is of 17, 58P03 of 16.
    const gone = Object.keys(SPECIAL).filter((state) => !states.has(state) && !/^(?:25P04|58P03)$/.test(state));
    assert.deepEqual(gone, []);
  });

  describe('are told by', () => {
    before(() => context().sql(`${TABLES}; CREATE TABLE locked (a text); CREATE SEQUENCE taken.ids`));
    after(async () => {
      await context().sql('DROP VIEW large; DROP TABLE child, t, locked; DROP SCHEMA taken CASCADE');
      await context().sql('DROP ROLE nobody; DROP ROLE refused');
    });

    for (const [sqlState, ...statements] of STATEMENTS) {
      it(`${sqlState}, whatever the server says beside it`, async () => {
        await withClient(context(), async (client) => {
          await withClient(context(), async (other) => {
            await other.query('BEGIN; LOCK TABLE locked');
            const last = statements.at(-1) ?? '';
            for (const statement of statements.slice(0, -1)) await client.query(statement).catch(() => undefined);
            assertMeans(await rejection(client.query(last)), sqlState);
          });
        });
      });
    }

    it('57P01, 25P03 and 57P05: the server ended the session', async () => {
      const endings = [
        ['57P01', ''],
        ['25P03', "SET idle_in_transaction_session_timeout = '50ms'; BEGIN"],
        ['57P05', "SET idle_session_timeout = '50ms'"],
      ] as const;
      for (const [sqlState, setting] of endings) {
        await withClient(context(), async (client) => {
          const lost = once(client, 'error');
          const pid = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
          if (setting === '') await context().sql('SELECT pg_terminate_backend($1)', [pid]);
          else await client.query(setting);
          const [error] = (await lost) as [unknown];
          assertMeans(error, sqlState);
          assert.equal(classifyError(error).outcome, 'unknown');
        });
      }
    });

    it('40001: two transactions that cannot both be', async () => {
      await withTwo(context(), async (one, other) => {
        for (const client of [one, other]) await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t');
        await one.query("UPDATE t SET b = b || '1'; COMMIT");
        assertMeans(await rejection(other.query("UPDATE t SET b = b || '2'")), '40001');
      });
    });

    it('40P01: a deadlock', async () => {
      await context().sql(`INSERT INTO t VALUES (50, '${CANARY} 50'), (51, '${CANARY} 51')`);
      await withTwo(context(), async (one, other) => {
        for (const client of [one, other]) await client.query("SET deadlock_timeout = '50ms'; BEGIN");
        await one.query("UPDATE t SET b = b || 'x' WHERE a = 50");
        await other.query("UPDATE t SET b = b || 'y' WHERE a = 51");
        const settled = await Promise.allSettled([
          one.query("UPDATE t SET b = b || 'x' WHERE a = 51").then(() => one.query('ROLLBACK')),
          other.query("UPDATE t SET b = b || 'y' WHERE a = 50").then(() => other.query('ROLLBACK')),
        ]);
        const [victim] = settled.filter((result) => result.status === 'rejected');
        assertMeans(victim?.reason, '40P01');
      });
    });

    it('28P01, 3D000 and 53300: nobody gets in', async () => {
      const refusals = [
        ['28P01', { password: CANARY }],
        ['3D000', { pathname: `/${CANARY}` }],
        ['53300', { username: 'refused', password: 'x' }],
      ] as const;
      for (const [sqlState, change] of refusals) {
        const client = new pg.Client({ connectionString: Object.assign(new URL(context().dsn), change).href });
        assertMeans(await rejection(client.connect()), sqlState);
      }
    });
  });

  it('say where in a COPY a row is bad, and nothing of the row', async () => {
    await context().sql('CREATE TABLE copied (a int, b text)');
    const { default: copyStreams } = await import('pg-copy-streams');
    await withClient(context(), async (client) => {
      const stream = client.query(copyStreams.from('COPY copied FROM STDIN (FORMAT csv)'));
      const failed = once(stream, 'error');
      stream.end(`1,x\n${CANARY},y\n`);
      const [error] = (await failed) as [unknown];
      const { code, line, column } = assertMeans(error, '22P02');
      assert.deepEqual([code, line, column], ['BAD_ROW', 2, 'a']);
    });
    await context().sql('DROP TABLE copied');
  });
});

function assertMeans(error: unknown, sqlState: string): ReturnType<typeof classifyError> {
  const ours = classifyError(error);
  assert.equal(ours.sqlState, sqlState, inspect(error));
  assert.equal(ours.connector, 'postgres');
  assert.deepEqual(meaningOf(error), SPECIAL[sqlState] ?? CLASSES[sqlState.slice(0, 2)]);
  assert.ok(!shown(ours).includes(CANARY), shown(ours));
  return ours;
}

const shown = (error: Error): string =>
  inspect(error, { depth: 12, showHidden: true }) + JSON.stringify(error) + (error.stack ?? '');

async function withClient({ dsn }: PostgresContext, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: dsn });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const withTwo = (context: PostgresContext, work: (one: pg.Client, other: pg.Client) => Promise<void>): Promise<void> =>
  withClient(context, (one) => withClient(context, (other) => work(one, other)));
