import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { s3ObjectSink } from '../../src/connectors/s3/object-sink.ts';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import type { PartLimits } from '../../src/core/part-plan.ts';
import { ConnectorError } from '../../src/errors.ts';
import { startS3Server } from '../../src/testing/s3-server/index.ts';
import {
  BUCKET,
  QUICK,
  assertSameBytes,
  patterned,
  requests,
  settingsFor,
  useS3Server,
} from '../connectors/s3/support.ts';
import { chunked } from '../connectors/s3/writing.ts';

/** Limits as no service has them, so that every one of them is met by a few bytes. */
const services = fc
  .record({ least: fc.integer({ min: 1, max: 40 }), span: fc.nat(100), maxParts: fc.integer({ min: 1, max: 8 }) })
  .chain(({ least, span, maxParts }) => {
    const maxPartSize = least + span;
    return fc.integer({ min: 1, max: maxPartSize * maxParts }).map((maxObjectSize): PartLimits => {
      return { minPartSize: least, maxPartSize, maxParts, maxObjectSize };
    });
  });

const LIMITS: PartLimits = { minPartSize: 1, maxPartSize: 300, maxParts: 10, maxObjectSize: 3_000 };

const writes = fc.record({
  limits: services,
  prefer: fc.double({ min: 0, max: 1, noNaN: true }),
  parts: fc.integer({ min: 1, max: 6 }),
  share: fc.double({ min: 0, max: 1.3, noNaN: true }),
  chunk: fc.integer({ min: 1, max: 200 }),
  hinted: fc.option(fc.double({ min: 0, max: 1.1, noNaN: true }), { nil: undefined, freq: 2 }),
  threshold: fc.option(fc.nat(300), { nil: undefined }),
});

describe('the limits of a store', () => {
  it('hold for every object that is written, and those that fit are written', async () => {
    let written = 0;
    await fc.assert(
      fc.asyncProperty(writes, async ({ limits, prefer, parts, share, chunk, hinted, threshold }) => {
        await using s3 = await startS3Server({ buckets: [BUCKET], limits: { ...limits, minChunkSize: 1 } });
        const partSize = limits.minPartSize + Math.floor((limits.maxPartSize - limits.minPartSize) * prefer);
        const transfer = threshold === undefined ? {} : { transfer: { multipartThreshold: threshold } };
        const bytes = Math.floor(limits.maxObjectSize * share);
        const hint = hinted === undefined ? undefined : Math.floor(limits.maxObjectSize * hinted);
        const data = patterned(bytes);
        const make = () =>
          s3ObjectSink({
            ...{ bucket: BUCKET, key: 'key', limits, partSize, concurrency: 3, expectedBytes: hint, retry: QUICK },
            ...{ maxBufferedBytes: partSize * parts, config: { ...settingsFor(s3), ...transfer } },
          });
        try {
          const sink = make();
          await pipeline(chunked(data, chunk), sink);
          written += 1;
          assertSameBytes(s3.getObject(BUCKET, 'key') ?? Buffer.alloc(0), data);
          assert.equal((await sink.settled).outcome, 'done');
        } catch (error) {
          assert.ok(error instanceof ConnectorError, String(error));
          assert.equal(error.code, 'TOO_LARGE');
          assert.ok(bytes > largest(limits, partSize, partSize * parts) || (hint ?? 0) > 0, 'refused what would fit');
          assert.equal(s3.getObject(BUCKET, 'key'), undefined);
        } finally {
          closeS3Clients();
        }
        // The server's own refusals: no request went beyond a limit.
        assert.deepEqual(
          s3.operations.filter(({ status = 0 }) => status >= 400 && status !== 404).map(({ status }) => status),
          [],
        );
        assert.deepEqual(s3.uploads(), []);
        const completed = requests(s3, 'CompleteMultipartUpload').length;
        assert.ok(completed === 0 || requests(s3, 'UploadPart').length > 0, 'an upload without parts');
      }),
      { numRuns: 50 },
    );
    assert.ok(written > 10, `only ${written} were written`);
  });

  /** What parts of the preferred size alone would take. */
  function largest({ maxParts, maxObjectSize }: PartLimits, partSize: number, memory: number): number {
    return Math.min(maxObjectSize, partSize * maxParts, memory * maxParts);
  }

  describe('and a threshold that is beyond them', () => {
    const server = useS3Server({ limits: { ...LIMITS, minChunkSize: 1 } });
    const cases = [
      { title: 'memory', maxBufferedBytes: 200, whole: 200 },
      { title: 'the largest request that the store takes', maxBufferedBytes: 1_000, whole: 300 },
    ];
    for (const { title, maxBufferedBytes, whole } of cases) {
      it(`put an object whole up to ${title}, and not one byte more`, async () => {
        const config = { ...settingsFor(server.s3), transfer: { multipartThreshold: 900 } };
        const sizes = { limits: LIMITS, partSize: 100, maxBufferedBytes };
        for (const size of [whole, whole + 1]) {
          const sink = s3ObjectSink({ bucket: BUCKET, key: `of ${size}`, config, ...sizes });
          await pipeline(chunked(patterned(size), 50), sink);
          assertSameBytes(server.s3.getObject(BUCKET, `of ${size}`) ?? Buffer.alloc(0), patterned(size));
        }
        assert.deepEqual(
          requests(server.s3, 'PutObject').map(({ bytesIn }) => bytesIn),
          [whole],
        );
        const parts = requests(server.s3, 'UploadPart').map(({ bytesIn }) => bytesIn);
        assert.deepEqual(parts, [whole, 1]);
      });
    }
  });

  describe('and no bytes at all', () => {
    const server = useS3Server();
    const empty = Buffer.alloc(0);
    const cases = [
      { title: 'a source that ends at once', source: () => Readable.from([]), options: {} },
      { title: 'a source of empty chunks', source: () => Readable.from([empty, empty, empty]), options: {} },
      { title: 'no threshold', source: () => Readable.from([]), options: { transfer: { multipartThreshold: 0 } } },
    ];
    for (const { title, source, options } of cases) {
      it(`are one PutObject of 0 bytes, with ${title}`, async () => {
        const config = { ...settingsFor(server.s3), ...options };
        const sink = s3ObjectSink({ bucket: BUCKET, key: 'key', config, expectedBytes: '1GiB' });
        await pipeline(source(), sink);
        assert.deepEqual(
          server.s3.operations.map(({ operation, bytesIn }) => `${operation} ${bytesIn}`),
          ['PutObject 0'],
        );
        assert.equal(server.s3.getObject(BUCKET, 'key')?.length, 0);
        assert.deepEqual(
          { bytes: sink.result?.bytes, parts: sink.result?.parts, checksum: sink.result?.checksum },
          { bytes: 0, parts: 1, checksum: 'AAAAAA==' },
        );
        assert.equal((await sink.settled).outcome, 'done');
      });
    }
  });
});
