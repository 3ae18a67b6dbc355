import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyRows, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import type { PgCopyFromOptions } from '../../../src/connectors/postgres/index.ts';
import { closePools } from '../../../src/connectors/postgres/native.ts';
import { chunked, collect, csvRows } from '../../support/bytes.ts';
import { rejection, throughProxy } from '../../support/faults.ts';
import { describePostgres } from '../../support/postgres.ts';
import { PASSWORD, VALUE } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import { hearing } from './hearing.ts';
import { useKeeper } from './role.ts';

type Loading = readonly [name: string, code: string, input: string, options?: Partial<PgCopyFromOptions>];

/** Loads that fail, with `VALUE` in the input. */
const LOADS: readonly Loading[] = [
  ['a value of the wrong type', 'BAD_ROW', `${VALUE},x\n`],
  ['too many columns', 'BAD_ROW', `1,x,${VALUE}\n`],
  ['too few columns', 'BAD_ROW', `${VALUE}\n`],
  ['an unterminated quote', 'BAD_ROW', `1,"${VALUE}\n2,y\n`],
  ['bytes that are no text', 'BAD_ROW', `1,${VALUE}\xff\n`],
  ['a NUL', 'BAD_ROW', `1,${VALUE}\0\n`],
  ['a header that does not match', 'BAD_ROW', `a,${VALUE}\n1,x\n`, { header: 'match' }],
  ['a repeated key', 'CONSTRAINT_VIOLATION', `1,${VALUE}\n2,${VALUE}\n`, { table: 'repeated' }],
  ['a check', 'CONSTRAINT_VIOLATION', `1,${VALUE}\n`, { table: 'checked' }],
  ['a required value', 'CONSTRAINT_VIOLATION', `,${VALUE}\n`, { table: 'checked' }],
  ['a foreign key', 'CONSTRAINT_VIOLATION', `1,${VALUE}\n`, { table: 'referring' }],
  ['a deferred key', 'CONSTRAINT_VIOLATION', `1,${VALUE}\n2,${VALUE}\n`, { table: 'deferred' }],
  ['a trigger that raises all it knows', 'STATEMENT_FAILED', `1,${VALUE}\n`, { table: 'raising' }],
  ['a trigger that pretends to be a unique key', 'CONSTRAINT_VIOLATION', `1,${VALUE}\n`, { table: 'pretending' }],
  ['a trigger that pretends to be a value', 'BAD_ROW', `2,${VALUE}\n`, { table: 'pretending' }],
  ['text behind its end', 'END_OF_DATA_MARKER', `1\tx\n\\.\n1\t${VALUE}\n`, { format: 'text' }],
  ['another number of rows', 'ROW_COUNT_MISMATCH', `1,${VALUE}\n`, { expectedRows: 2 }],
  ['a condition that fails', 'BAD_ROW', `1,${VALUE}\n`, { where: 'b::int > 0' }],
  ['a condition that is no SQL', 'STATEMENT_FAILED', `1,x\n`, { where: `b = '${VALUE}' AND nothing()` }],
  ['an encoding that is none', 'STATEMENT_FAILED', `1,x\n`, { encoding: 'KLINGON' }],
  ['a table that is not there', 'NOT_FOUND', `1,${VALUE}\n`, { table: 'nowhere' }],
  ['the deadline', 'DEADLINE_EXCEEDED', `1,${VALUE}\n`, { table: 'slow', timeout: 300 }],
];

const TABLES = `
  CREATE TABLE t (a int, b text);
  CREATE TABLE repeated (a int, b text UNIQUE);
  CREATE TABLE checked (a int NOT NULL, b text CHECK (b <> '${VALUE}'));
  CREATE TABLE parents (b text PRIMARY KEY);
  CREATE TABLE referring (a int, b text REFERENCES parents);
  CREATE TABLE deferred (a int, b text UNIQUE DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE raising (a int, b text);
  CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE NOTICE '%', NEW.b;
    RAISE EXCEPTION '%', NEW.b USING DETAIL = NEW.b, HINT = NEW.b, COLUMN = NEW.b, CONSTRAINT = NEW.b,
      DATATYPE = NEW.b, TABLE = NEW.b, SCHEMA = NEW.b;
  END $$;
  CREATE TRIGGER tell BEFORE INSERT ON raising FOR EACH ROW EXECUTE FUNCTION tell();
  CREATE TABLE pretending (a int, b text);
  CREATE FUNCTION pretend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '%', NEW.b USING ERRCODE = CASE NEW.a WHEN 1 THEN '23505' ELSE '22P02' END, COLUMN = NEW.b,
      CONSTRAINT = NEW.b;
  END $$;
  CREATE TRIGGER pretend BEFORE INSERT ON pretending FOR EACH ROW EXECUTE FUNCTION pretend();
  CREATE TABLE slow (a int, b text);
  CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
  CREATE TRIGGER sleep BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION sleep()`;

describePostgres('no password and no value of a row is in anything that is told', (context) => {
  const keeper = useKeeper(context);
  let dsn = '';
  before(async () => {
    await context().sql(TABLES);
    ({ dsn } = keeper());
  });
  afterEach(closePools);

  /** Runs `work`, which makes its streams with `watched` and fails with `code`; nothing that it tells holds a canary. */
  const assertTellsNothing = async (code: string, work: (watched: <S>(stream: S) => S) => Promise<unknown>) => {
    let streams = 0;
    const heard = await hearing(async (ear) => {
      const watched = <S>(stream: S): S => {
        streams += 1;
        return ear.watch(stream);
      };
      const error = await rejection(work(watched));
      assert.equal(error['code'], code, error.stack);
      ear.hear(error);
    });
    assert.ok(heard.errors >= 1 + streams && heard.spans >= streams && heard.events >= streams);
    assertNoCanary(heard.text);
  };
  const load = (options: object = {}) => pgCopyFrom({ table: 't', config: { dsn }, cleanupTimeout: '2s', ...options });

  it('in twenty-two ways for a load to fail', () => assert.equal(LOADS.length, 22));

  for (const [name, code, input, options = {}] of LOADS) {
    it(`when a load fails for ${name}`, () =>
      assertTellsNothing(code, (watched) => pipeline(chunked(Buffer.from(input, 'latin1')), watched(load(options)))));
  }

  const refused: readonly (readonly [name: string, rows: readonly unknown[]])[] = [
    ['a value of the wrong type', [{ a: VALUE }]],
    ['a NUL', [{ a: 1, b: `${VALUE}\0` }]],
    ['half of a surrogate pair', [{ a: 1, b: `${VALUE}\ud800` }]],
    ['no row', [VALUE]],
    ['values without a name', [[1, 'x'], [VALUE]]],
    ['a value whose own code fails', [{ a: 1, b: { toJSON: () => assert.fail(VALUE) } }]],
    ['a getter that fails', [Object.defineProperty({}, 'a', { enumerable: true, get: () => assert.fail(VALUE) })]],
  ];
  for (const format of ['text', 'binary'] as const) {
    for (const [name, rows] of refused) {
      it(`when rows are refused for ${name}, as ${format}`, () =>
        assertTellsNothing('BAD_ROW', (watched) =>
          pipeline(rows, watched(pgCopyRows({ table: 't', format, config: { dsn }, cleanupTimeout: '2s' }))),
        ));
    }
  }

  it('when a query fails on a value of a row, early or late', async () => {
    for (const rows of [1, 50_000]) {
      const query = `SELECT CASE WHEN n = ${rows} THEN ('${VALUE}' || n)::int END FROM generate_series(1, ${rows}) AS n`;
      await assertTellsNothing('BAD_ROW', (watched) => collect(watched(pgCopyTo({ query, config: { dsn } }))));
    }
  });

  it('when a connection cannot be had: password, database, port, TLS, a DSN that is none', async () => {
    const url = new URL(dsn);
    const changed = (change: Partial<URL>): string => Object.assign(new URL(dsn), change).href;
    const { hostname: host, port, pathname } = url;
    const parts = { host, port, database: pathname.slice(1), user: 'keeper', password: PASSWORD, sslmode: 'disable' };
    const cases: [code: string, config: PgCopyFromOptions['config']][] = [
      ['AUTH_FAILED', { dsn: changed({ password: `${PASSWORD}-wrong` }) }],
      ['NOT_FOUND', { dsn: changed({ pathname: '/nowhere' }) }],
      ['CONNECTION_FAILED', { dsn: changed({ port: '1' }) }],
      ['CONFIG_INVALID', { dsn: changed({ search: '?sslmode=require' }) }],
      ['CONFIG_INVALID', { dsn: changed({ search: `?sslmode=${PASSWORD}` }) }],
      ['CONFIG_INVALID', { dsn: `postgresql://keeper:${PASSWORD}#@${url.host}/x` }],
      ['AUTH_FAILED', { ...parts, password: `${PASSWORD}-wrong` }],
      ['AUTH_FAILED', { ...parts, password: () => Promise.resolve(`${PASSWORD}-wrong`) }],
      ['NOT_FOUND', { ...parts, database: 'nowhere' }],
      ['CONNECTION_FAILED', { ...parts, port: 1 }],
      ['CONNECTION_FAILED', { ...parts, host: 'no.such.host.invalid' }],
      ['CONFIG_INVALID', { ...parts, sslmode: 'require' }],
      ['CONFIG_INVALID', { ...parts, passwort: PASSWORD }],
    ];
    assert.equal(cases.length, 13);
    for (const [code, config] of cases) {
      await assertTellsNothing(code, (watched) =>
        pipeline(chunked(csvRows(1)), watched(load({ config, retry: false }))),
      );
    }
  });

  it('when the connection breaks, while loading and while committing', async () => {
    for (const [code, pattern] of [
      ['CONNECTION_LOST', 'COPY 1\0'],
      ['COMMIT_UNKNOWN', 'COMMIT\0'],
    ] as const) {
      await throughProxy(dsn, async ({ proxy, dsn: far }) => {
        proxy.plan(({ number }) =>
          number === 1 ? { down: [{ when: { pattern, before: true }, do: 'reset' }] } : { refuse: true },
        );
        await assertTellsNothing(code, (watched) =>
          pipeline(chunked(Buffer.from(`1,${VALUE}\n`)), watched(load({ config: { dsn: far } }))),
        );
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      });
    }
  });
});
