import assert from 'node:assert/strict';
import { chown, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyRows, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import type { CopyFromResult, PostgresStreamOptions } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import type { Sink } from '../../src/core/sink.ts';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../src/testing/postgres/index.ts';
import { chunked, collect, csvRows, stalling } from '../support/bytes.ts';
import { rejection, timed } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { STARTING_MS, serverKinds } from '../support/postgres.ts';
import { nextRetry, retriesOf } from '../support/retries.ts';

const PATIENT = { attempts: 500, minDelay: 10, maxDelay: 50 };

interface Load {
  readonly name: string;
  readonly operation: string;
  open(options: PostgresStreamOptions): Sink<CopyFromResult>;
  /** Ten rows. */
  given(): Readable;
}

const LOADS: readonly Load[] = [
  {
    name: 'pgCopyFrom',
    operation: 'copy_from',
    open: (options) => pgCopyFrom({ table: 't', ...options }),
    given: () => chunked(csvRows(10)),
  },
  {
    name: 'pgCopyRows',
    operation: 'copy_rows',
    open: (options) => pgCopyRows({ table: 't', ...options }),
    given: () => Readable.from(Array.from({ length: 10 }, (_, a) => ({ a, b: `row ${a}` }))),
  },
];

for (const { name, binDir } of serverKinds()) {
  describe(`a server that fails over, ${name}`, () => {
    let server: TestPostgres;
    let pool: pg.Pool;
    beforeEach(async function () {
      this.timeout(STARTING_MS);
      server = await startPostgres(binDir === undefined ? {} : { binDir });
      await server.admin('CREATE TABLE t (a int, b text)');
      pool = new pg.Pool({ connectionString: server.dsn, max: 1 });
      pool.on('error', () => undefined);
    });
    afterEach(async () => {
      await pool.end();
      await closePools();
      await server.close();
    });
    const rows = async () => (await server.admin('SELECT count(*)::int AS n FROM t'))[0]?.['n'];
    const busy = async () =>
      (
        await server.admin(
          "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'",
        )
      ).length;
    const via = (how: string) => (how === 'a pool handed in' ? { client: pool } : { config: { dsn: server.dsn } });

    /** The same data again, as a standby: it takes connections and lets nobody write. */
    const becomeStandby = async (): Promise<void> => {
      await server.stop();
      const data = path.join(server.socketDir, 'data');
      const { uid, gid } = await stat(data);
      const signal = path.join(data, 'standby.signal');
      await writeFile(signal, '');
      await chown(signal, uid, gid);
      await server.start();
      assert.deepEqual(await server.admin('SELECT pg_is_in_recovery() AS standby'), [{ standby: true }]);
    };

    it('to a standby: reads go on; a load is tried as often as retry says, with pauses, and leaves nothing', async () => {
      await server.admin("INSERT INTO t VALUES (1, 'x')");
      await becomeStandby();
      for (const how of ['a profile', 'a pool handed in']) {
        assert.equal(String(await collect(pgCopyTo({ table: 't', ...via(how) }))), '1,x\n');
        assert.deepEqual(await pgQueryRows('SELECT * FROM t', [], via(how)).toArray(), [{ a: 1, b: 'x' }]);
        for (const { open, given } of LOADS) {
          const sink = open({ ...via(how), retry: { attempts: 3, minDelay: 100 } });
          let error: Record<string, unknown> = {};
          let ms = 0;
          const retried = await retriesOf(async () => {
            ms = await timed(async () => (error = await rejection(pipeline(given(), sink))));
          });
          assert.deepEqual(
            [error['code'], error['sqlState'], error['stage'], error['retryable']],
            ['SERVER_UNAVAILABLE', '25006', 'open', true],
          );
          assert.deepEqual(retried, [
            { code: 'SERVER_UNAVAILABLE', attempt: 1 },
            { code: 'SERVER_UNAVAILABLE', attempt: 2 },
          ]);
          assert.ok(ms >= 200 && ms < 5_000, `${ms} ms`);
          const { outcome, cleanup } = await sink.settled;
          assert.deepEqual([outcome, cleanup, sink.progress.bytes], ['not-done', 'confirmed', 0]);
          await eventually(async () => assert.equal(await busy(), 0));
        }
      }
      assert.equal(await rows(), 1);
    });

    it('to a standby that is promoted meanwhile: a load that has sent nothing yet goes through', async () => {
      await becomeStandby();
      const sink = pgCopyFrom({ table: 't', config: { dsn: server.dsn }, retry: PATIENT });
      const retried = await retriesOf(async () => {
        const loaded = pipeline(chunked(csvRows(10)), sink);
        await nextRetry();
        await server.admin('SELECT pg_promote()');
        await loaded;
      });
      assert.equal(retried[0]?.code, 'SERVER_UNAVAILABLE');
      assert.deepEqual([sink.result?.rows, await rows()], [10, 10]);
    });

    for (const { how, name, open, given } of ['a profile', 'a pool handed in'].flatMap((how) =>
      LOADS.map((load) => ({ how, ...load })),
    )) {
      it(`by being read-only for a while: ${name} through ${how} waits for it, before the first byte`, async () => {
        await server.admin('ALTER SYSTEM SET default_transaction_read_only = on');
        await server.admin('SELECT pg_reload_conf()');
        const readOnly = async () => (await pool.query<object>('SHOW default_transaction_read_only')).rows;
        await eventually(async () => assert.deepEqual(await readOnly(), [{ default_transaction_read_only: 'on' }]));
        const sink = open({ ...via(how), retry: PATIENT });
        const retried = await retriesOf(async () => {
          const loaded = pipeline(given(), sink);
          await nextRetry();
          assert.equal(sink.progress.bytes, 0);
          await server.admin("SELECT set_config('default_transaction_read_only', 'off', false)");
          await server.admin('ALTER SYSTEM RESET default_transaction_read_only');
          await server.admin('SELECT pg_reload_conf()');
          await loaded;
        });
        assert.equal(retried[0]?.code, 'SERVER_UNAVAILABLE');
        assert.deepEqual([sink.result?.rows, await rows()], [10, 10]);
      });
    }

    it('by stopping and starting: refused with 57P03 meanwhile, loads and a query are tried again until it is there', async () => {
      const holder = new pg.Client({ connectionString: server.dsn });
      await holder.connect();
      // It waits for the last session, and refuses all others.
      const stopped = server.stop('smart');
      await eventually(async () => {
        const client = new pg.Client({ connectionString: server.dsn });
        client.on('error', () => undefined);
        const refusal = await client.connect().then(
          () => client.end(),
          (error: unknown) => (error as { code?: string }).code,
        );
        assert.equal(refusal, '57P03');
      });
      const options = { config: { dsn: server.dsn }, retry: PATIENT };
      const streams: [operation: string, start: () => Promise<unknown>][] = [
        ...LOADS.map(({ operation, open, given }): [string, () => Promise<unknown>] => [
          operation,
          () => pipeline(given(), open(options)),
        ]),
        ['query_rows', () => pgQueryRows('SELECT 1 AS one', [], options).toArray()],
      ];
      let done: Promise<unknown[]> = Promise.resolve([]);
      const retried = await retriesOf(async () => {
        const started: Promise<unknown>[] = [];
        for (const [operation, start] of streams) {
          const refused = nextRetry(operation);
          started.push(start());
          await refused;
        }
        done = Promise.all(started);
        await holder.end();
        await stopped;
        await server.start();
        await done;
      });
      assert.equal(retried[0]?.code, 'SERVER_UNAVAILABLE');
      assert.deepEqual([(await done).at(-1), await rows()], [[{ one: 1 }], 20]);
    });

    it('behind the first byte: the load is lost, and not tried again', async () => {
      const sink = pgCopyFrom({ table: 't', config: { dsn: server.dsn }, retry: PATIENT });
      const retried = await retriesOf(async () => {
        const failed = rejection(pipeline(stalling(csvRows(100)), sink));
        await eventually(() => assert.ok(sink.progress.bytes > 0));
        await server.restart('fast');
        assert.equal((await failed)['code'], 'CONNECTION_LOST');
      });
      assert.equal(retried.length, 0);
      assert.equal((await sink.settled).outcome, 'not-done');
      assert.equal(await rows(), 0);
    });

    it('before a client that was handed in is used: that client is tried once', async () => {
      await server.admin('ALTER SYSTEM SET default_transaction_read_only = on');
      await server.restart();
      const client = await pool.connect();
      const failsOnce = async (): Promise<Record<string, unknown>> => {
        const sink = pgCopyFrom({ table: 't', client, retry: { ...PATIENT, attempts: 3 } });
        let failure: Record<string, unknown> = {};
        const retried = await retriesOf(async () => {
          failure = await rejection(pipeline(chunked(csvRows(1)), sink));
        });
        assert.equal(retried.length, 0);
        return { ...failure, cleanup: (await sink.settled).cleanup };
      };
      const refused = await failsOnce();
      assert.deepEqual([refused['sqlState'], refused['cleanup']], ['25006', 'confirmed']);
      assert.equal((await client.query('SELECT 1')).rowCount, 1);
      const lost = new Promise((resolve) => void client.on('error', resolve));
      await server.restart();
      await lost;
      assert.equal((await failsOnce())['code'], 'CONNECTION_LOST');
      client.release(true);
    });
  });
}
