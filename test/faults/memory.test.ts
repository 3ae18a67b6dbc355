import assert from 'node:assert/strict';
import path from 'node:path';
import { startServerProcess } from '../../bench/servers/run-as-process.ts';
import { describePostgres } from '../support/postgres.ts';
import { memoryOf } from '../support/rss.ts';
import type { MemoryReport } from '../support/rss.ts';

const MIB = 1024 * 1024;
/** What is under way besides the stream's own buffers: the runtime's, and what waits for the collector. */
const ALLOWANCE = 64 * MIB;
const PARTS = { partSize: 5 * MIB, concurrency: 3 };
const WINDOW = PARTS.partSize * (PARTS.concurrency + 1);

const program = (name: string): string => path.join(import.meta.dirname, 'memory', `${name}.ts`);
const store = (port: number) => ({
  endpointUrl: `http://127.0.0.1:${port}`,
  credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
});
const dsn = (port: number): string => `postgresql://u:p@127.0.0.1:${port}/d?sslmode=disable`;

function assertGrowth({ growth, bytes }: MemoryReport, bound: number): void {
  const mib = (count: number): string => `${(count / MIB).toFixed(1)} MiB`;
  assert.ok(growth <= bound, `grew by ${mib(growth)}, and ${mib(bound)} are promised (${mib(bytes)} moved)`);
}

describe('memory, whatever is moved, stays within what is promised', function () {
  this.timeout(120_000);

  it('while a slow consumer reads an S3 object', async () => {
    const args = ['--object', `big=${1024 * MIB}`, '--object', 'tiny=1'];
    await using server = await startServerProcess('static-s3', args);
    const report = await memoryOf(program('read-object'), { ...PARTS, config: store(server.port), bytes: 24 * MIB });
    assert.ok(report.bytes >= 24 * MIB);
    assertGrowth(report, WINDOW + ALLOWANCE);
  });

  it('while a source that never waits writes an S3 object', async () => {
    await using server = await startServerProcess('draining-s3');
    const report = await memoryOf(program('write-object'), { ...PARTS, config: store(server.port), bytes: 192 * MIB });
    assert.equal(report.bytes, 192 * MIB);
    assertGrowth(report, WINDOW + ALLOWANCE);
  });

  it('while a slow consumer reads a table', async () => {
    await using tiny = await startServerProcess('draining-postgres', ['--send-bytes', '1']);
    await using server = await startServerProcess('draining-postgres', ['--send-bytes', String(1024 * MIB)]);
    const servers = { dsn: dsn(server.port), tinyDsn: dsn(tiny.port) };
    const report = await memoryOf(program('copy-to'), { ...servers, bytes: 24 * MIB });
    assert.ok(report.bytes >= 24 * MIB);
    assertGrowth(report, ALLOWANCE);
  });

  describePostgres('by a server', (context) => {
    it('while a slow consumer reads the rows of a query', async () => {
      const report = await memoryOf(program('query-rows'), { dsn: context().dsn, rows: 24_000 });
      assert.equal(report.bytes, 24_000);
      assertGrowth(report, ALLOWANCE);
    });
  });

  it('while a source that never waits loads a table', async () => {
    await using server = await startServerProcess('draining-postgres');
    const report = await memoryOf(program('copy-from'), { dsn: dsn(server.port), bytes: 192 * MIB });
    assert.ok(report.bytes >= 192 * MIB);
    assertGrowth(report, ALLOWANCE);
  });

  it('while a megabyte unpacks to a gigabyte', async () => {
    const report = await memoryOf(program('gunzip-bomb'), { members: 16, limit: 1024 * MIB });
    assert.equal(report.bytes, 1024 * MIB);
    assertGrowth(report, ALLOWANCE);
  });

  it('while a bomb unpacks to where its limit is', async () => {
    const report = await memoryOf(program('gunzip-bomb'), { members: 16, limit: 256 * MIB });
    assert.ok(report.bytes <= 256 * MIB && report.bytes > 200 * MIB, `${report.bytes} bytes`);
    assertGrowth(report, ALLOWANCE);
  });
});
