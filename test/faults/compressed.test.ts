import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { gunzip, zstdDecompress } from '../../src/formats/index.ts';
import type { DecompressOptions } from '../../src/formats/index.ts';
import { useS3Server } from '../connectors/s3/support.ts';
import { assertNothingLeft, chunked, openSink } from '../connectors/s3/writing.ts';
import { csvRows } from '../support/bytes.ts';
import { rejection, timed } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

/** Unpacked, more than a part of an upload and less than a batch that a server would refuse. */
const ROWS = csvRows(20_000);
const GZIP = gzipSync(ROWS);
const ZSTD = zstdCompressSync(ROWS);
const TIMEOUT_MS = 5_000;

interface Case {
  readonly title: string;
  readonly packed: Buffer;
  readonly code: string;
  readonly options?: DecompressOptions;
}

const damagedCrc = Buffer.from(GZIP);
damagedCrc[GZIP.length - 8] = (GZIP[GZIP.length - 8] ?? 0) ^ 1;

const CASES: readonly Case[] = [
  { title: 'no byte of it', packed: Buffer.alloc(0), code: 'COMPRESSED_DATA_TRUNCATED' },
  { title: 'its header alone', packed: GZIP.subarray(0, 10), code: 'COMPRESSED_DATA_TRUNCATED' },
  { title: 'half of it', packed: GZIP.subarray(0, GZIP.length / 2), code: 'COMPRESSED_DATA_TRUNCATED' },
  { title: 'all but its trailer', packed: GZIP.subarray(0, -8), code: 'COMPRESSED_DATA_TRUNCATED' },
  { title: 'all but its last byte', packed: GZIP.subarray(0, -1), code: 'COMPRESSED_DATA_TRUNCATED' },
  { title: 'another checksum than its rows have', packed: damagedCrc, code: 'COMPRESSED_DATA_CORRUPT' },
  { title: 'something else behind it', packed: Buffer.concat([GZIP, Buffer.from('x')]), code: 'TRAILING_DATA' },
  { title: 'zeros behind it', packed: Buffer.concat([GZIP, Buffer.alloc(9)]), code: 'TRAILING_DATA' },
  {
    title: 'more rows than it may have',
    packed: GZIP,
    code: 'OUTPUT_LIMIT',
    options: { maxOutputBytes: ROWS.length - 1 },
  },
];

describe('compressed rows that are not to be trusted', () => {
  const server = useS3Server();

  it('come in nine ways', () => assert.equal(CASES.length, 9));

  for (const { title, packed, code, options } of CASES) {
    it(`become no object: ${title}`, async () => {
      const sink = openSink(server.s3, { key: 'new' });
      const ms = await timed(async () => {
        assert.equal((await rejection(pipeline(chunked(packed), gunzip(options), sink)))['code'], code);
      });
      assert.ok(ms < TIMEOUT_MS, `${ms} ms`);
      const settled = await sink.settled;
      assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
      assertNothingLeft(server.s3, 'new');
    });
  }

  it('become no object when a frame of zstd is cut', async () => {
    const sink = openSink(server.s3, { key: 'new' });
    const work = pipeline(chunked(ZSTD.subarray(0, -1)), zstdDecompress(), sink);
    assert.equal((await rejection(work))['code'], 'COMPRESSED_DATA_TRUNCATED');
    assert.equal((await sink.settled).cleanup, 'confirmed');
    assertNothingLeft(server.s3, 'new');
  });

  describePostgres('with a table', (context) => {
    before(() => context().sql('CREATE TABLE t (a int, b text)'));

    for (const { title, packed, code, options } of CASES) {
      it(`become no rows: ${title}`, async () => {
        const sink = pgCopyFrom({ table: 't', config: { dsn: context().dsn } });
        const ms = await timed(async () => {
          assert.equal((await rejection(pipeline(chunked(packed), gunzip(options), sink)))['code'], code);
        });
        assert.ok(ms < TIMEOUT_MS, `${ms} ms`);
        const settled = await sink.settled;
        assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
        assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
      });
    }
  });
});
