import assert from 'node:assert/strict';
import path from 'node:path';
import { startServerProcess } from '../../bench/servers/run-as-process.ts';
import { describePostgres } from '../support/postgres.ts';
import { memoryOf } from '../support/rss.ts';
import type { MemoryReport } from '../support/rss.ts';

const MIB = 1024 * 1024;
/** What is under way besides the stream's own buffers: the runtime's, and what waits for the collector, more of it where others use the cores. */
const ALLOWANCE = 80 * MIB;
const PART = 5 * MIB;
/** A row that is much wider than all that is bounded by bytes. */
const WIDE = 8 * MIB;
/** Rows that wait to be encoded, whatever their width: documented in docs/guide/writing-rows.md. */
const ROWS_WAITING = 16;
/** The rows that are made and encoded, and their blocks: being written, waiting, under way and taken. */
const BLOCKS = 10;
/** Where `decodeCopy` refuses a row by default. */
const RECORD = 16 * MIB;
/** What the streams of S3 and ADLS hold by default. */
const window = (concurrency: number): number => PART * (concurrency + 1);

const TABLES = `CREATE UNLOGGED TABLE big (v text); CREATE TABLE stuck (v text);
  CREATE OR REPLACE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
  CREATE TRIGGER wait BEFORE INSERT ON stuck FOR EACH ROW EXECUTE FUNCTION wait()`;

const program = (name: string): string => path.join(import.meta.dirname, 'memory', `${name}.ts`);
const store = (port: number) => ({
  endpointUrl: `http://127.0.0.1:${port}`,
  credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
});
/** Seen from the other servers. */
const LAKE = '../../test/faults/memory/endless-lake';
const lake = (port: number) => ({
  accountUrl: `http://127.0.0.1:${port}/account`,
  accountKey: Buffer.from('key').toString('base64'),
});
const dsn = (port: number): string => `postgresql://u:p@127.0.0.1:${port}/d?sslmode=disable`;

function assertGrowth({ growth, bytes }: MemoryReport, bound: number): void {
  const mib = (count: number): string => `${(count / MIB).toFixed(1)} MiB`;
  assert.ok(growth <= bound, `grew by ${mib(growth)}, and ${mib(bound)} are promised (${mib(bytes)} moved)`);
}

describe('memory, whatever is moved, stays within what is promised', function () {
  this.timeout(120_000);

  for (const concurrency of [1, 4, 16]) {
    it(`while a slow consumer reads an S3 object, ${concurrency} parts at a time`, async () => {
      const args = ['--object', `big=${1024 * MIB}`, '--object', 'tiny=1'];
      await using server = await startServerProcess('static-s3', args);
      const settings = { partSize: PART, concurrency, config: store(server.port), bytes: 24 * MIB };
      const report = await memoryOf(program('read-object'), settings);
      assert.ok(report.bytes >= 24 * MIB);
      assertGrowth(report, window(concurrency) + ALLOWANCE);
    });

    it(`while a source that never waits writes an S3 object, ${concurrency} parts at a time`, async () => {
      await using server = await startServerProcess('draining-s3');
      const settings = { partSize: PART, concurrency, config: store(server.port), bytes: 192 * MIB };
      const report = await memoryOf(program('write-object'), settings);
      assert.equal(report.bytes, 192 * MIB);
      assertGrowth(report, window(concurrency) + ALLOWANCE);
    });

    it(`while a slow consumer reads a file of ADLS, ${concurrency} parts at a time`, async () => {
      await using server = await startServerProcess(LAKE);
      const settings = { partSize: PART, concurrency, config: lake(server.port), bytes: 24 * MIB };
      const report = await memoryOf(program('read-file'), settings);
      assert.ok(report.bytes >= 24 * MIB);
      assertGrowth(report, window(concurrency) + ALLOWANCE);
    });

    it(`while a source that never waits writes a file of ADLS, ${concurrency} parts at a time`, async () => {
      await using server = await startServerProcess(LAKE);
      const settings = { partSize: PART, concurrency, config: lake(server.port), bytes: 192 * MIB };
      const report = await memoryOf(program('write-file'), settings);
      assert.equal(report.bytes, 192 * MIB);
      assertGrowth(report, window(concurrency) + ALLOWANCE);
    });
  }

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
      const report = await memoryOf(program('query-rows'), { dsn: context().dsn, rows: 24_000, width: 1_000 });
      assert.equal(report.bytes, 24_000);
      assertGrowth(report, ALLOWANCE);
    });

    it('while a slow consumer reads rows of a query that are wider than a batch may be', async () => {
      const report = await memoryOf(program('query-rows'), { dsn: context().dsn, rows: 2, width: WIDE });
      assert.equal(report.bytes, 2);
      // Off the wire in pieces and in one; made a text, which waits; in the batch, in the stream, and taken.
      assertGrowth(report, 6 * WIDE + ALLOWANCE);
    });

    for (const format of ['text', 'binary'] as const) {
      const load = (table: string, more: object) =>
        memoryOf(program('copy-rows'), { format, table, dsn: context().dsn, ...more });
      beforeEach(() => context().sql(`DROP TABLE IF EXISTS big, stuck; ${TABLES}`));

      it(`while a source that never waits loads rows as ${format}`, async () => {
        const report = await load('big', { rows: 192_000, width: 1_000 });
        assert.ok(report.bytes >= 192_000_000);
        assertGrowth(report, ALLOWANCE);
      });

      it(`while the server stops taking wide rows, loaded as ${format}`, async () => {
        const report = await load('stuck', { width: WIDE });
        assert.ok(report.bytes >= ROWS_WAITING * WIDE);
        assertGrowth(report, (ROWS_WAITING + BLOCKS) * WIDE + ALLOWANCE);
      });
    }
  });

  it('while a source that never waits loads a table', async () => {
    await using server = await startServerProcess('draining-postgres');
    const report = await memoryOf(program('copy-from'), { dsn: dsn(server.port), bytes: 192 * MIB });
    assert.ok(report.bytes >= 192 * MIB);
    assertGrowth(report, ALLOWANCE);
  });

  for (const format of ['text', 'csv', 'binary'] as const) {
    it(`while a slow consumer takes rows that are decoded from ${format}, narrow ones and wide ones`, async () => {
      const narrow = await memoryOf(program('decode-copy'), { format, rows: 24_000, width: 1_000 });
      assert.equal(narrow.bytes, 24_000);
      assertGrowth(narrow, ALLOWANCE);
      const wide = await memoryOf(program('decode-copy'), { format, rows: 2, width: WIDE });
      assert.equal(wide.bytes, 2);
      // Its bytes, in memory for twice as many, moved from half of that; the texts that wait and that were taken.
      assertGrowth(wide, 5 * WIDE + ALLOWANCE);
    });

    it(`while a row that is decoded from ${format} has no end`, async () => {
      const endless = 400 * MIB;
      const report = await memoryOf(program('decode-copy'), { format, rows: 1, width: 1_000, endless });
      assert.ok(report.bytes <= RECORD + MIB, `it was refused after ${report.bytes} bytes`);
      assertGrowth(report, 3 * RECORD + ALLOWANCE);
    });

    it(`while a slow consumer takes the bytes of rows that are encoded as ${format}, narrow ones and wide ones`, async () => {
      const narrow = await memoryOf(program('encode-copy'), { format, bytes: 48 * MIB, width: 1_000 });
      assert.ok(narrow.bytes >= 48 * MIB);
      assertGrowth(narrow, ALLOWANCE);
      const wide = await memoryOf(program('encode-copy'), { format, bytes: 2 * WIDE, width: WIDE });
      assert.ok(wide.bytes >= 2 * WIDE);
      assertGrowth(wide, (ROWS_WAITING + BLOCKS) * WIDE + ALLOWANCE);
    });
  }

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
