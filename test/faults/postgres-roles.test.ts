import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { collect, csvRows, stalling } from '../support/bytes.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

const SETTINGS: readonly (readonly [setting: string, since: number])[] = [
  ["statement_timeout = '300ms'", 0],
  ["idle_in_transaction_session_timeout = '300ms'", 0],
  ["transaction_timeout = '300ms'", 170_000],
  ["default_transaction_isolation = 'serializable'", 0],
  ["default_transaction_deferrable = 'on'", 0],
];

describePostgres('a role without rights', (context) => {
  // Another one for each test: a pool's sessions keep the settings they began with.
  let number = 0;
  let role = '';
  const dsn = (): string => {
    const url = new URL(context().dsn);
    url.username = encodeURIComponent(role);
    url.password = 'humble';
    return url.href;
  };
  beforeEach(async () => {
    role = `humble role ${(number += 1)}`;
    await context().sql(`CREATE ROLE "${role}" LOGIN PASSWORD 'humble'`);
    await context().sql(`CREATE TABLE t (a int, b text); GRANT ALL ON t TO "${role}"`);
  });
  afterEach(() => context().sql(`DROP TABLE t; DROP OWNED BY "${role}"; DROP ROLE "${role}"`));

  for (const [setting, since] of SETTINGS) {
    it(`and with ${setting} loads and reads as slowly as it likes`, async () => {
      const [server] = await context().sql("SELECT current_setting('server_version_num')::int AS version");
      const applies = Number(server?.['version']) >= since;
      await context().sql(`ALTER ROLE "${role}" SET ${applies ? setting : "lock_timeout = '1s'"}`);
      const sink = pgCopyFrom({ table: 't', config: { dsn: dsn() } });
      const slowly = async function* () {
        yield csvRows(1);
        await new Promise((resolve) => setTimeout(resolve, 600));
        yield csvRows(1, 1);
      };
      await pipeline(slowly, sink);
      assert.equal(sink.result?.rows, 2);
      const source = pgCopyTo({ query: 'SELECT a, pg_sleep(0.3) FROM t', config: { dsn: dsn() } });
      await collect(source);
      assert.equal(source.result?.rows, 2);
    });
  }

  it('and read-only reads; what it loads is refused as SERVER_UNAVAILABLE', async () => {
    await context().sql("INSERT INTO t VALUES (1, 'x')");
    await context().sql(`ALTER ROLE "${role}" SET default_transaction_read_only = on`);
    assert.equal(String(await collect(pgCopyTo({ table: 't', config: { dsn: dsn() } }))), '1,x\n');
    await assert.rejects(pipeline([csvRows(1)], pgCopyFrom({ table: 't', config: { dsn: dsn() } })), {
      code: 'SERVER_UNAVAILABLE',
      sqlState: '25006',
      outcome: 'not-done',
    });
  });

  it('ends its own backend when the abort cannot reach it', async () => {
    const abort = new AbortController();
    const sink = pgCopyFrom({ table: 't', config: { dsn: dsn() }, signal: abort.signal });
    const failed = pipeline(stalling(csvRows(10)), sink).catch((error: unknown) => error);
    await eventually(() => assert.ok(sink.progress.bytes > 0));
    abort.abort();
    await failed;
    assert.equal((await sink.settled).cleanup, 'confirmed');
  });
});
