import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { chunked, csvRows } from '../support/bytes.ts';
import { assertSilent, rejection, timed } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

const KEY = '424242';
const VALUE = 'c4n4ry';

interface Violation {
  readonly name: string;
  readonly definition: string;
  /** Behind two good rows. */
  readonly row: string;
  readonly sqlState: string;
  readonly constraint?: string;
  readonly line?: number;
  readonly column?: string;
  /** Where the server notices. */
  readonly stage: 'transfer' | 'commit';
}

const VIOLATIONS: readonly Violation[] = [
  {
    name: 'a unique key that was loaded before',
    definition: 'a int CONSTRAINT once UNIQUE, b text',
    row: `${KEY},x\n${KEY},${VALUE}`,
    ...{ sqlState: '23505', constraint: 'once', line: 4, stage: 'transfer' },
  },
  {
    name: 'a check',
    definition: `a int, b text CONSTRAINT harmless CHECK (b <> '${VALUE}')`,
    row: `${KEY},${VALUE}`,
    ...{ sqlState: '23514', constraint: 'harmless', line: 3, stage: 'transfer' },
  },
  {
    name: 'a required value',
    definition: 'a int, b text NOT NULL',
    row: `${KEY},`,
    ...{ sqlState: '23502', line: 3, column: 'b', stage: 'transfer' },
  },
  {
    name: 'a foreign key, which is checked behind the last row',
    definition: 'a int CONSTRAINT known REFERENCES parents, b text',
    row: `${KEY},${VALUE}`,
    ...{ sqlState: '23503', constraint: 'known', stage: 'transfer' },
  },
  {
    name: 'an exclusion',
    definition: 'a int, b text, CONSTRAINT apart EXCLUDE USING gist (int4range(a, a + 2) WITH &&) WHERE (a > 2)',
    row: `${KEY},x\n${KEY},${VALUE}`,
    ...{ sqlState: '23P01', constraint: 'apart', line: 4, stage: 'transfer' },
  },
  {
    name: 'a deferred unique key',
    definition: 'a int CONSTRAINT later UNIQUE DEFERRABLE INITIALLY DEFERRED, b text',
    row: `${KEY},x\n${KEY},${VALUE}`,
    ...{ sqlState: '23505', constraint: 'later', stage: 'commit' },
  },
  {
    name: 'a deferred foreign key',
    definition: 'a int CONSTRAINT known_later REFERENCES parents DEFERRABLE INITIALLY DEFERRED, b text',
    row: `${KEY},${VALUE}`,
    ...{ sqlState: '23503', constraint: 'known_later', stage: 'commit' },
  },
];

describePostgres('a load that the table refuses', (context) => {
  let pool: pg.Pool;
  before(() => {
    pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
  });
  beforeEach(() =>
    context().sql('CREATE TABLE parents (id int PRIMARY KEY); INSERT INTO parents SELECT generate_series(0, 1)'),
  );
  afterEach(() => context().sql('DROP TABLE t; DROP TABLE parents; DROP FUNCTION IF EXISTS refuse'));
  after(() => pool.end());

  const backend = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;

  /** Loads `bytes` into t, which fails, and asserts all that holds of any such failure. */
  const refused = async (bytes: Buffer, ...canaries: string[]) => {
    const before = await backend();
    const sink = pgCopyFrom({ table: 't', client: pool });
    let finished = false;
    sink.on('finish', () => (finished = true));
    let error: Record<string, unknown> = {};
    const ms = await timed(async () => (error = await rejection(pipeline(chunked(bytes, 777), sink))));
    assert.ok(ms < 5_000, `${ms} ms`);
    const settled = await sink.settled;
    assert.equal(settled.error, error);
    assert.deepEqual([settled.outcome, settled.cleanup, finished], ['not-done', 'confirmed', false]);
    assert.deepEqual([error['retryable'], error['outcome']], [false, 'not-done']);
    assertSilent(settled, ...canaries);
    assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
    assert.equal(await backend(), before);
    return error;
  };

  for (const { name, definition, row, ...expected } of VIOLATIONS) {
    it(`for ${name}: the constraint is named, no key is, nothing is loaded, the client stays`, async () => {
      await context().sql(`CREATE TABLE t (${definition})`);
      const error = await refused(Buffer.from(`0,row 0\n1,row 1\n${row}\n`), KEY, VALUE);
      assert.equal(error['code'], 'CONSTRAINT_VIOLATION');
      const { sqlState, constraint, line, column, stage } = error;
      assert.deepEqual(
        { sqlState, constraint, line, column, stage },
        { constraint: undefined, line: undefined, column: undefined, ...expected },
      );
    });
  }

  it('for want of space on the disk: DISK_FULL with the line, nothing is loaded, the client stays', async () => {
    await context().sql(
      `CREATE TABLE t (a int, b text);
       CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NEW.a = 5000 THEN RAISE EXCEPTION 'no space for %', NEW.b USING ERRCODE = '53100',
           DETAIL = NEW.b, HINT = NEW.b, COLUMN = NEW.b, CONSTRAINT = NEW.b, TABLE = NEW.b;
         END IF;
         RETURN NEW;
       END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse()`,
    );
    const error = await refused(csvRows(20_000), 'row 5000', 'no space');
    const { code, sqlState, line, column, constraint } = error;
    assert.deepEqual(
      { code, sqlState, line, column, constraint },
      { code: 'DISK_FULL', sqlState: '53100', line: 5001, column: undefined, constraint: undefined },
    );
  });

  it('in a statement of a trigger that holds the row: the line is told, and no word of the statement', async () => {
    await context().sql(
      `CREATE TABLE t (a int, b text);
       CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         EXECUTE format('SELECT 1 / 0 AS %I', NEW.b);
         RETURN NEW;
       END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse()`,
    );
    const error = await refused(Buffer.from(`1,"COPY t, line 7, column ${VALUE}: x"\n`), VALUE);
    const { sqlState, line, column } = error;
    assert.deepEqual({ sqlState, line, column }, { sqlState: '22012', line: 1, column: undefined });
    const forged = await refused(Buffer.from(`1,"x\nCOPY t, line 7, column ${VALUE}: x"\n`), VALUE);
    assert.equal(forged['column'], undefined);
  });
});
