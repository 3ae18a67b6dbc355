import assert from 'node:assert/strict';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import type { PgCopyFromOptions } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { reporting } from '../core/telemetry.ts';
import { chunked, collect, csvRows } from '../support/bytes.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';
import { warnings } from '../support/unhandled.ts';

const PASSWORD = 'p4ssw0rd-c4n4ry';
const VALUE = 'v4lu3-c4n4ry';

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
  CREATE TABLE slow (a int, b text);
  CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
  CREATE TRIGGER sleep BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION sleep()`;

describePostgres('no password and no value of a row is in anything that is told', (context) => {
  let dsn = '';
  before(async () => {
    await context().sql(`CREATE ROLE keeper SUPERUSER LOGIN PASSWORD '${PASSWORD}'; ${TABLES}`);
    const url = new URL(context().dsn);
    [url.username, url.password] = ['keeper', PASSWORD];
    dsn = url.href;
  });
  after(async () => {
    await closePools();
    await context().sql('DROP ROLE keeper');
  });

  /** Runs `work`, which makes its streams with `watched` and fails with `code`; nothing that it tells holds a canary. */
  const assertTellsNothing = async (code: string, work: (watched: <S>(stream: S) => S) => Promise<unknown>) => {
    const streams: (Readable | Writable)[] = [];
    const heard: unknown[] = [];
    await reporting(async (reported) => {
      const watched = <S>(stream: S): S => {
        const held = stream as Readable;
        streams.push(held.on('error', (error) => heard.push(error)));
        return stream;
      };
      heard.push(
        ...(await warnings(async () => {
          const error = await rejection(work(watched));
          assert.equal(error['code'], code, error.stack);
          heard.push(error, JSON.stringify(error), error.stack);
        })),
      );
      for (const stream of streams) {
        const settled: unknown = await (Reflect.get(stream, 'settled') as Promise<unknown>);
        heard.push(settled, JSON.stringify(settled));
      }
      const spans = reported
        .spans()
        .map(({ attributes, events, name, status }) => ({ attributes, events, name, status }));
      if (streams.length > 0) assert.notDeepEqual([spans.length, reported.events.length], [0, 0]);
      heard.push(spans, await reported.metrics(), reported.events);
    });
    const shown = inspect([heard, streams], {
      depth: 12,
      showHidden: true,
      maxStringLength: null,
      maxArrayLength: null,
    });
    for (const canary of [PASSWORD, VALUE]) {
      const at = shown.indexOf(canary);
      assert.equal(at, -1, `'${canary}' is told: ${shown.slice(Math.max(0, at - 300), at + 100)}`);
    }
  };
  const load = (options: object = {}) => pgCopyFrom({ table: 't', config: { dsn }, cleanupTimeout: '2s', ...options });

  for (const [name, code, input, options = {}] of LOADS) {
    it(`when a load fails for ${name}`, () =>
      assertTellsNothing(code, (watched) =>
        pipeline(chunked(Buffer.from(input, 'latin1'), 7), watched(load(options))),
      ));
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
    const cases: [code: string, dsn: string][] = [
      ['AUTH_FAILED', changed({ password: `${PASSWORD}-wrong` })],
      ['NOT_FOUND', changed({ pathname: '/nowhere' })],
      ['CONNECTION_FAILED', changed({ port: '1' })],
      ['CONFIG_INVALID', changed({ search: '?sslmode=require' })],
      ['CONFIG_INVALID', changed({ search: `?sslmode=${PASSWORD}` })],
      ['CONFIG_INVALID', `postgresql://keeper:${PASSWORD}#@${url.host}/x`],
    ];
    for (const [code, wrong] of cases) {
      await assertTellsNothing(code, (watched) =>
        pipeline(chunked(csvRows(1)), watched(load({ config: { dsn: wrong }, retry: false }))),
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
