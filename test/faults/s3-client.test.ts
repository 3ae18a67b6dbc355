import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { s3Source } from '../../src/connectors/s3/source.ts';
import {
  BUCKET,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
  useS3Server,
} from '../connectors/s3/support.ts';
import { BYTES, LIMITS, chunked, openSink, stored } from '../connectors/s3/writing.ts';
import { leavesUploads } from '../support/watches/uploads.ts';

describe('an S3Client that was handed in', () => {
  const server = useS3Server({ limits: LIMITS });
  let client: S3Client | undefined;
  const connect = (settings: S3ClientConfig): S3Client => {
    const { accessKeyId, secretAccessKey, region, port } = server.s3;
    const endpoint = `http://127.0.0.1:${port}`;
    client = new S3Client({
      ...{ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true },
      ...settings,
    });
    return client;
  };
  const open = (settings: S3ClientConfig, options: Parameters<typeof openSink>[1] = {}) =>
    openSink(server.s3, { client: connect(settings), ...options });
  afterEach(() => client?.destroy());

  describe('that repeats a commit by itself after its answer was lost', () => {
    it('finds the object although the repeated Complete met no upload', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' });
      const sink = open({ maxAttempts: 3 });
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'CompleteMultipartUpload').length, 2);
      assert.equal((await sink.settled).outcome, 'done');
      assertSameBytes(stored(server.s3), BYTES);
    });

    it('finds the object although the repeated PutObject met it there', async () => {
      const fault = server.s3.on('PutObject', 1, { reset: 'after' });
      const sink = open({ maxAttempts: 3 }, { ifNoneMatch: '*' });
      await pipeline(chunked(patterned(100)), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'PutObject').length, 2);
      assert.equal((await sink.settled).outcome, 'done');
    });

    it('finds the object although the repeated Complete was refused', async () => {
      server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' });
      const fault = server.s3.on('CompleteMultipartUpload', 2, { status: 403, code: 'ExpiredToken' });
      const sink = open({ maxAttempts: 3 });
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'done');
    });
  });

  describe('whose own validation refuses a body', () => {
    it('says that the checksum does not match, and gives no end', async () => {
      const client = connect({ responseChecksumValidation: 'WHEN_SUPPORTED' });
      server.s3.putObject(BUCKET, 'd/1', patterned(100));
      const fault = server.s3.on('GetObject', 1, { corrupt: { byte: 7 } });
      // Without a comparison of ours.
      const source = s3Source(`s3://${BUCKET}/d/`, { client, verify: false });
      const { code, message, retryable } = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 1);
      assert.deepEqual({ code, retryable }, { code: 'CHECKSUM_MISMATCH', retryable: false });
      assert.match(message, /s3:\/\/bucket\/d\/1/);
      assert.equal((await source.settled).outcome, 'not-done');
    });
  });

  describe('whose own timeout gives a request up that was sent', () => {
    const impatient = { maxAttempts: 1, requestHandler: { socketTimeout: 200 } };

    it('finds the object that a stalled Complete made', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { stall: 'after' });
      const sink = open(impatient, { retry: false });
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'done');
      assertSameBytes(stored(server.s3), BYTES);
    });

    it('finds the object that a stalled PutObject made', async () => {
      const fault = server.s3.on('PutObject', 1, { stall: 'after' });
      const sink = open(impatient, { retry: false });
      await pipeline(chunked(patterned(100)), sink);
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'done');
    });

    it('names the upload that a stalled Create began', async () => {
      leavesUploads(server.s3, 1);
      const fault = server.s3.on('CreateMultipartUpload', 1, { stall: 'after' });
      const sink = open(impatient, { retry: false });
      const { code } = await connectorRejection(pipeline(chunked(), sink));
      const { outcome, cleanup, leftover } = await sink.settled;
      assert.equal(fault.fired, 1);
      const [upload] = server.s3.uploads();
      assert.ok(upload !== undefined);
      const { bucket, key, uploadId } = upload;
      assert.deepEqual(
        { code, outcome, cleanup, leftover },
        { code: 'RESPONSE_TIMEOUT', outcome: 'not-done', cleanup: 'unconfirmed', leftover: { bucket, key, uploadId } },
      );
    });
  });
});
