import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { askedWithin } from '../../src/connectors/s3/asked-credentials.ts';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import { s3ObjectSource } from '../../src/connectors/s3/object-source.ts';
import { startS3Server } from '../../src/testing/s3-server/index.ts';
import type { S3Operation, S3Server } from '../../src/testing/s3-server/index.ts';
import {
  BUCKET,
  QUICK,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
} from '../connectors/s3/support.ts';
import { startTokenService } from '../connectors/s3/token-service.ts';
import type { Session, TokenService } from '../connectors/s3/token-service.ts';
import { BYTES, PART, LIMITS, chunked, openSink, stored } from '../connectors/s3/writing.ts';
import { rejection } from '../support/faults.ts';

const session = (name: string): Session => ({
  accessKeyId: `${name}-id`,
  secretAccessKey: `${name}/canary+key`,
  sessionToken: `${name}-token==`,
});
const [FIRST, SECOND] = [session('first'), session('second')];
const SMALL = patterned(100);

describe('credentials of S3 that expire before their time', () => {
  let s3: S3Server;
  let sts: TokenService;
  beforeEach(async () => {
    s3 = await startS3Server({ ...FIRST, buckets: [BUCKET], limits: LIMITS });
    sts = await startTokenService(FIRST);
  });
  afterEach(async () => {
    closeS3Clients();
    await Promise.all([s3.close(), sts[Symbol.asyncDispose]()]);
  });

  const expire = (next: Session): void => {
    s3.expireCredentials(FIRST.accessKeyId);
    s3.addCredentials(next);
    sts.session = next;
  };
  /** The first session ends with the nth request of the operation. */
  const expiresAt = (operation: S3Operation, nth: number, next = SECOND) =>
    s3.on(operation, nth, { call: () => expire(next) });
  const config = () => ({
    ...{ endpointUrl: s3.endpoint, region: s3.region },
    credentials: { accessKeyId: 'master-id', secretAccessKey: 'master-key' },
    assumeRole: { roleArn: 'arn:aws:iam::123456789012:role/loader', endpointUrl: sts.endpoint },
  });
  const sink = () => openSink(s3, { config: config(), retry: { ...QUICK, attempts: 1 } });
  const source = () =>
    s3ObjectSource({ bucket: BUCKET, key: 'key', config: config(), partSize: PART, retry: { ...QUICK, attempts: 1 } });

  for (const [operation, nth, bytes] of [
    ['PutObject', 1, SMALL],
    ['CreateMultipartUpload', 1, BYTES],
    ['UploadPart', 1, BYTES],
    ['UploadPart', 3, BYTES],
    ['CompleteMultipartUpload', 1, BYTES],
  ] as const) {
    it(`are asked for anew, once, by ${operation} ${nth}, and the object is written`, async () => {
      const expired = expiresAt(operation, nth);
      const written = sink();
      await pipeline(chunked(bytes), written);
      assert.equal(expired.fired, 1);
      assertSameBytes(stored(s3), bytes);
      assert.equal((await written.settled).outcome, 'done');
      assert.equal(sts.requests.length, 2);
    });
  }

  for (const [operation, nth] of [
    ['GetObject', 1],
    ['GetObject', 3],
    ['HeadObject', 1],
  ] as const) {
    it(`are asked for anew, once, by ${operation} ${nth}, and the object is read`, async () => {
      s3.putObject(BUCKET, 'key', BYTES);
      const expired = expiresAt(operation, nth);
      assertSameBytes(await readAll(source()), BYTES);
      assert.equal(expired.fired, 1);
      assert.equal(sts.requests.length, 2);
    });
  }

  it('are asked for anew to remove an upload whose source failed', async () => {
    const expired = expiresAt('AbortMultipartUpload', 1);
    const written = sink();
    const failing = Readable.from(
      (function* () {
        yield BYTES;
        throw new Error('the source broke');
      })(),
    );
    await rejection(pipeline(failing, written));
    assert.equal(expired.fired, 1);
    assert.equal((await written.settled).cleanup, 'confirmed');
    assert.deepEqual(s3.uploads(), []);
  });

  it('are an AuthError when those that come have expired as well, and nobody is asked a third time', async () => {
    const next = session('third');
    const expired = expiresAt('PutObject', 1, next);
    s3.on('PutObject', 2, { call: () => s3.expireCredentials(next.accessKeyId) });
    const error = await connectorRejection(pipeline(chunked(SMALL), sink()));
    assert.equal(expired.fired, 1);
    assert.deepEqual([error.name, error.code, error.outcome], ['AuthError', 'AUTH_EXPIRED', 'not-done']);
    assert.deepEqual([requests(s3, 'PutObject').length, sts.requests.length], [2, 2]);
  });

  it('are an AuthError at once when there are no others', async () => {
    const expired = expiresAt('PutObject', 1, FIRST);
    s3.on('PutObject', 1, { call: () => s3.expireCredentials(FIRST.accessKeyId) });
    const error = await connectorRejection(pipeline(chunked(SMALL), sink()));
    assert.equal(expired.fired, 1);
    assert.equal(error.code, 'AUTH_EXPIRED');
    assert.equal(requests(s3, 'PutObject').length, 1);
  });

  it('are an AuthError at once when they are fixed', async () => {
    s3.expireCredentials(FIRST.accessKeyId);
    const fixed = openSink(s3, { config: { endpointUrl: s3.endpoint, region: s3.region, credentials: FIRST } });
    assert.equal((await connectorRejection(pipeline(chunked(SMALL), fixed))).code, 'AUTH_EXPIRED');
    assert.equal(requests(s3, 'PutObject').length, 1);
  });

  it('are looked for anew where whoever was asked keeps them', async () => {
    const kept = [FIRST, SECOND].map((found) => () => Promise.resolve(found));
    const ask = askedWithin(1_000, () => kept.shift() ?? assert.fail('a third time'));
    assert.deepEqual([await ask(), await ask(), await ask({ forceRefresh: true })], [FIRST, FIRST, SECOND]);
  });

  it('are asked for anew of a client that was handed in', async () => {
    let asked = 0;
    using client = disposable(
      new S3Client({
        ...{ endpoint: s3.endpoint, region: s3.region, forcePathStyle: true },
        credentials: () => Promise.resolve((asked += 1) === 1 ? FIRST : SECOND),
      }),
    );
    const expired = expiresAt('UploadPart', 2);
    await pipeline(chunked(BYTES), openSink(s3, { config: undefined, client }));
    assert.equal(expired.fired, 1);
    assertSameBytes(stored(s3), BYTES);
    assert.equal(asked, 2);
  });
});

function disposable(client: S3Client): S3Client & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}
