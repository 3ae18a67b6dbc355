import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import {
  BUCKET,
  QUICK,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  requests,
  useS3Server,
} from '../connectors/s3/support.ts';
import { BYTES, LIMITS, chunked, openSink, stored } from '../connectors/s3/writing.ts';
import { leavesUploads } from '../support/watches/uploads.ts';

describe('a lost answer to the commit of an S3 object', () => {
  const server = useS3Server({ limits: LIMITS });
  const open = (options: Parameters<typeof openSink>[1] = {}) => openSink(server.s3, options);

  describe('the answer to the commit is lost', () => {
    it('finds the object that a multipart upload became', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' });
      const sink = open();
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'CompleteMultipartUpload').length, 1);
      assert.equal((await sink.settled).outcome, 'done');
      assert.equal(sink.result?.bytes, BYTES.length);
      assertSameBytes(stored(server.s3), BYTES);
    });

    it('finds it in a store without checksums', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' });
      const sink = open({ checksum: false });
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'done');
    });

    it('finds the object that a single PutObject became', async () => {
      const fault = server.s3.on('PutObject', 1, { reset: 'after' });
      const sink = open();
      await pipeline(chunked(patterned(100)), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'PutObject').length, 1);
      assert.equal((await sink.settled).outcome, 'done');
    });

    it('sends Complete again when the upload is still there', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'before' });
      const sink = open();
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'CompleteMultipartUpload').length, 2);
      assertSameBytes(stored(server.s3), BYTES);
    });

    it('does not take an older object of the same bytes for this upload', async () => {
      server.s3.putObject(BUCKET, 'key', BYTES);
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'before' });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      assert.equal(server.s3.objects(BUCKET)[0]?.partCount, 5);
      assert.deepEqual(server.s3.uploads(), []);
    });

    it('does not call its own object an obstacle with ifNoneMatch', async () => {
      const fault = server.s3.on('PutObject', 1, { reset: 'after' });
      const sink = open({ ifNoneMatch: '*' });
      await pipeline(chunked(patterned(100)), sink);
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'done');
    });

    it('says unknown and names the upload when the store can no longer be asked', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 'always', { reset: 'after' });
      server.s3.on('ListParts', 'always', { reset: 'before' });
      server.s3.on('HeadObject', 'always', { reset: 'before' });
      const { signal } = new AbortController();
      const sink = open({ signal, retry: { ...QUICK, attempts: 2 } });
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.ok(fault.fired >= 1);
      assert.equal(error.code, 'COMMIT_UNKNOWN');
      const { outcome, cleanup, leftover } = await sink.settled;
      assert.deepEqual({ outcome, cleanup }, { outcome: 'unknown', cleanup: 'unconfirmed' });
      const { uploadId } = requests(server.s3, 'CompleteMultipartUpload')[0] ?? {};
      assert.deepEqual(leftover, { bucket: BUCKET, key: 'key', uploadId });
      assert.equal(listenersOn(signal), 0);
    });

    it('says unknown when the object is another one and the upload is gone', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' });
      server.s3.on('HeadObject', 'always', { call: () => void server.s3.putObject(BUCKET, 'key', 'other') });
      const sink = open();
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'COMMIT_UNKNOWN');
      assert.equal(error.retryable, false);
      assert.equal((await sink.settled).outcome, 'unknown');
    });

    it('waits no longer than commitTimeout for an answer that does not come', async () => {
      leavesUploads(server.s3, 1);
      const fault = server.s3.on('CompleteMultipartUpload', 'always', { stall: 'before' });
      const sink = open({ commitTimeout: 400 });
      const startedAt = performance.now();
      const error = await connectorRejection(pipeline(chunked(), sink));
      const took = performance.now() - startedAt;
      assert.ok(fault.fired >= 1);
      assert.equal(error.code, 'COMMIT_TIMEOUT');
      assert.ok(took >= 400 && took < 2_000, `took ${took} ms`);
      const { outcome, leftover } = await sink.settled;
      assert.equal(outcome, 'unknown');
      // The upload is what the commit can be looked up by, and completed from.
      assert.equal(requests(server.s3, 'AbortMultipartUpload').length, 0);
      assert.equal(leftover?.['uploadId'], server.s3.uploads()[0]?.uploadId);
    });
  });
});
