import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { KIB, useS3Server } from '../connectors/s3/support.ts';
import { throughProxy } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import { startProgram } from '../support/process.ts';

const PROGRAM = path.join(import.meta.dirname, '../../examples/stop-on-signal.ts');
/** Random enough to need a second part of 5 MiB when it is compressed again. */
const ORDERS = gzipSync(`id,customer\n${Array.from({ length: 180_000 }, (_, n) => `${n},${digest(n)}\n`).join('')}`);
/** A clean-up may take 5 s; on a network that works it takes nowhere near as long. */
const CLEAN_UP_MS = 4_000;
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

describePostgres('a program that is stopped by a signal', (context) => {
  const server = useS3Server();
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS orders; CREATE TABLE orders (id int, customer text)');
    server.s3.createBucket('shop');
    server.s3.putObject('shop', 'orders.csv.gz', ORDERS);
  });

  const start = (dsn: string) => {
    const url = new URL(dsn);
    url.searchParams.set('application_name', 'stopped');
    const { endpoint, region, accessKeyId, secretAccessKey } = server.s3;
    const credentials = { accessKeyId, secretAccessKey };
    return startProgram(PROGRAM, [], {
      AUTO_WORKFLOW_CONNECTORS_POSTGRES_SHOP__DSN: url.href,
      AUTO_WORKFLOW_CONNECTORS_S3_SHOP__JSON: JSON.stringify({
        ...{ endpointUrl: endpoint, region, credentials },
        transfer: { partSize: '5MiB' },
      }),
    });
  };
  const rows = async () => (await context().sql('SELECT count(*)::int AS n FROM orders'))[0]?.['n'];
  const assertNoSession = () =>
    eventually(async () => {
      const sessions = "SELECT state, query FROM pg_stat_activity WHERE application_name = 'stopped'";
      assert.deepEqual(await context().sql(sessions), []);
    });

  for (const [signal, code] of Object.entries(CODES) as [keyof typeof CODES, number][]) {
    it(`undoes its load at ${signal} and exits with ${code}`, async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        let signalledAt = 0;
        await using program = start(dsn);
        const stop = async (): Promise<void> => {
          signalledAt = performance.now();
          program.kill(signal);
          // Held for a moment, or all would be sent before the signal has arrived.
          await eventually(() => assert.match(program.said, /undoing/));
        };
        proxy.plan(() => ({ up: [{ when: { afterBytes: 300 * KIB }, do: { call: stop } }] }));
        const ended = await program.ended;
        assert.equal(ended.code, code, ended.said);
        assert.ok(performance.now() - signalledAt < CLEAN_UP_MS);
        assert.match(ended.said, /nothing is left behind/);
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      });
      assert.equal(await rows(), 0);
      await assertNoSession();
    });
  }

  it('removes what it has uploaded so far', async () => {
    const fault = server.s3.on('UploadPart', 1, { stall: 'after' });
    await using program = start(context().dsn);
    await fault.firstFired;
    const signalledAt = performance.now();
    program.kill('SIGTERM');
    const ended = await program.ended;
    assert.equal(ended.code, 143, ended.said);
    assert.ok(performance.now() - signalledAt < CLEAN_UP_MS);
    assert.match(ended.said, /nothing is left behind/);
    assert.equal(server.s3.getObject('shop', 'copy.csv.gz'), undefined);
    assert.deepEqual(server.s3.uploads(), []);
    await assertNoSession();
  });

  it('ends at once at the second signal, though its clean-up is under way', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      await using program = start(dsn);
      const first = async (): Promise<void> => {
        // From here on the server cannot be reached: the clean-up would take its whole time.
        proxy.stallAll();
        program.kill('SIGTERM');
        await eventually(() => assert.match(program.said, /undoing/));
        program.kill('SIGTERM');
      };
      proxy.plan(() => ({ up: [{ when: { afterBytes: 300 * KIB }, do: { call: first } }] }));
      const startedAt = performance.now();
      const ended = await program.ended;
      assert.equal(ended.code, 143, ended.said);
      assert.doesNotMatch(ended.said, /nothing is left behind/);
      assert.ok(performance.now() - startedAt < CLEAN_UP_MS);
    });
    await assertNoSession();
    assert.equal(await rows(), 0);
  });
});

function digest(n: number): string {
  return createHash('sha256').update(String(n)).digest('hex');
}
