import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import { s3ObjectSource } from '../../src/connectors/s3/object-source.ts';
import { startS3Server } from '../../src/testing/s3-server/index.ts';
import { BUCKET, QUICK, assertSameBytes, connectorRejection, readAll, settingsFor } from '../connectors/s3/support.ts';
import { BYTES, LIMITS, PART, chunked, openSink, stored } from '../connectors/s3/writing.ts';

const HOUR = 3_600_000;

describe('the clock of this machine is not that of S3', () => {
  afterEach(() => closeS3Clients());

  for (const hours of [1, -1]) {
    it(`is corrected from the first refusal: ${hours} h`, async () => {
      await using s3 = await startS3Server({
        buckets: [BUCKET],
        limits: LIMITS,
        now: () => new Date(Date.now() + hours * HOUR),
      });
      await pipeline(chunked(), openSink(s3));
      assertSameBytes(stored(s3), BYTES);
      const refused = s3.operations.filter(({ status }) => status === 403);
      assert.equal(refused.length, 1);
      const source = s3ObjectSource({
        bucket: BUCKET,
        key: 'key',
        partSize: PART,
        config: settingsFor(s3),
        retry: QUICK,
      });
      assertSameBytes(await readAll(source), BYTES);
      assert.equal(s3.operations.filter(({ status }) => status === 403).length, 1);
    });
  }

  it('is an AuthError after as many tries as are allowed, when it is never right', async () => {
    let asked = 0;
    await using s3 = await startS3Server({ buckets: [BUCKET], now: () => new Date(Date.now() + (asked += 1) * HOUR) });
    const sink = openSink(s3, { retry: { ...QUICK, attempts: 2 } });
    const error = await connectorRejection(pipeline(chunked(BYTES.subarray(0, 100)), sink));
    assert.deepEqual([error.name, error.outcome], ['AuthError', 'not-done']);
    assert.deepEqual(
      s3.operations.map(({ operation, status }) => [operation, status]),
      [
        ['PutObject', 403],
        ['PutObject', 403],
      ],
    );
  });
});
