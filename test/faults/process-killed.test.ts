import assert from 'node:assert/strict';
import path from 'node:path';
import { ListPartsCommand } from '@aws-sdk/client-s3';
import { pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { BUCKET, KIB, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { collect, csvRows, fingerprint } from '../support/bytes.ts';
import { throughProxy } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import type { PostgresContext } from '../support/postgres.ts';
import { startProgram } from '../support/process.ts';
import { between, randomNumbers, seed } from '../support/seed.ts';
import { leavesUploads } from '../support/watches/uploads.ts';
import { sdkClient } from '../testing/s3-server/sdk-client.ts';
import type { Transfer } from './processes/transfer.ts';

const PROGRAM = path.join(import.meta.dirname, 'processes/transfer.ts');
const PART = 64 * KIB;
const LIMITS = { minPartSize: 1, maxPartSize: PART, maxParts: 1_000, maxObjectSize: 1024 * PART };
const ROWS = 60_000;
const BYTES = csvRows(ROWS);
/** Behind the first two parts, before the last one; of a table, in the middle of its rows. */
const KILLED = { least: 2.5 * PART, end: BYTES.length - PART };

describe(`a process that is killed at a random byte (TEST_SEED=${seed})`, function () {
  this.timeout(60_000);
  const server = useS3Server({ limits: LIMITS });
  const source = () => ({ s3: { bucket: BUCKET, key: 'in', config: settingsFor(server.s3) } });
  const sink = (port?: number) => ({
    s3: {
      bucket: BUCKET,
      key: 'out',
      config: settingsFor(server.s3, port),
      partSize: PART,
      concurrency: 1,
      limits: LIMITS,
    },
  });

  /** Kills the program when the first connection through the proxy has sent so many bytes. */
  const killed = async (target: string, transfer: (url: URL) => Transfer, at: number): Promise<void> => {
    await throughProxy(target, async ({ proxy, dsn }) => {
      await using program = startProgram(PROGRAM, [JSON.stringify(transfer(new URL(dsn)))]);
      const kill = async (): Promise<void> => {
        program.kill('SIGKILL');
        await program.ended;
      };
      proxy.plan(({ number }) =>
        number === 1 ? { up: [{ when: { afterBytes: at }, do: { call: kill } }] } : undefined,
      );
      const { signal, said } = await program.ended;
      assert.equal(signal, 'SIGKILL', said);
      const fired = proxy.log.filter(({ event }) => event === 'rule');
      assert.deepEqual(
        fired.map(({ bytesUp }) => bytesUp),
        [at],
      );
    });
  };

  const completes = async (transfer: Transfer): Promise<void> => {
    await using program = startProgram(PROGRAM, [JSON.stringify(transfer)]);
    const { code, said } = await program.ended;
    assert.equal(code, 0, said);
  };

  /** An upload nobody will finish: not visible, and there to be found. */
  const assertStranded = async (): Promise<void> => {
    leavesUploads(server.s3, 1);
    assert.equal(server.s3.getObject(BUCKET, 'out'), undefined);
    const [upload] = server.s3.uploads();
    const client = sdkClient(server.s3);
    const target = { Bucket: BUCKET, Key: 'out', UploadId: upload?.uploadId };
    const { Parts = [] } = await client.send(new ListPartsCommand(target));
    client.destroy();
    assert.ok(Parts.length >= 2, `${Parts.length} parts`);
  };

  const assertWritten = (): void =>
    assert.equal(fingerprint(server.s3.getObject(BUCKET, 'out') ?? Buffer.alloc(0)), fingerprint(BYTES));

  it('from S3 to S3 leaves no object, an upload that can be found, and nothing in the way of the next run', async () => {
    server.s3.putObject(BUCKET, 'in', BYTES);
    const at = between(randomNumbers('s3 to s3'), KILLED.least, KILLED.end);
    await killed(server.s3.endpoint, ({ port }) => ({ from: source(), to: sink(Number(port)) }), at);
    await assertStranded();
    await completes({ from: source(), to: sink() });
    assertWritten();
  });

  describePostgres('with a table', (context) => {
    beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)'));
    const through = ({ dsn }: PostgresContext, port?: string) => {
      const url = new URL(dsn);
      if (port !== undefined) url.port = port;
      url.searchParams.set('application_name', 'doomed');
      return { table: 't', dsn: url.href };
    };
    const assertNoBackend = () =>
      eventually(async () => {
        const sessions = "SELECT state, query FROM pg_stat_activity WHERE application_name = 'doomed'";
        assert.deepEqual(await context().sql(sessions), [], 'its backend is still there');
      });

    it('from S3 loads no row and leaves no backend, and the next run loads them all', async () => {
      server.s3.putObject(BUCKET, 'in', BYTES);
      const at = between(randomNumbers('s3 to table'), KILLED.least, KILLED.end);
      await killed(context().dsn, ({ port }) => ({ from: source(), to: through(context(), port) }), at);
      await assertNoBackend();
      assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
      await completes({ from: source(), to: through(context()) });
      const query = 'SELECT * FROM t ORDER BY a';
      const loaded = await collect(pgCopyTo({ query, config: { dsn: context().dsn } }));
      assert.equal(fingerprint(loaded), fingerprint(BYTES));
    });

    it('to S3 leaves no object, an upload that can be found and no backend, and the next run writes all', async () => {
      await context().sql(`INSERT INTO t SELECT n, 'row ' || n FROM generate_series(0, ${ROWS - 1}) AS n`);
      const at = between(randomNumbers('table to s3'), KILLED.least, KILLED.end);
      const from = through(context());
      await killed(server.s3.endpoint, ({ port }) => ({ from, to: sink(Number(port)) }), at);
      await assertStranded();
      await assertNoBackend();
      await completes({ from, to: sink() });
      assertWritten();
    });
  });
});
