import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { FaultAction, S3Server } from '../../../src/testing/s3-server/index.ts';
import type { RawReply } from '../../support/raw-reply.ts';
import { element, send, signed } from './raw-client.ts';
import { bytesOf, counterBytes, sdkClient } from './sdk-client.ts';

describe('S3 server: faults', () => {
  const data = counterBytes(3_000_000);
  let server: S3Server;

  beforeEach(async () => {
    server = await startS3Server({ buckets: ['bucket'], limits: { minPartSize: 5 } });
    server.putObject('bucket', 'key', data);
  });

  afterEach(() => server.close());

  const get = (headers: Record<string, string> = {}): Promise<RawReply> =>
    send(server, { path: '/bucket/key', headers });
  const put = (body: string): Promise<RawReply> => send(server, { method: 'PUT', path: '/bucket/put', body });

  it('answers with an error and does nothing', async () => {
    const fault = server.on('PutObject', 1, { status: 503, code: 'SlowDown', headers: { 'retry-after': '7' } });
    const refused = await put('data');
    assert.deepEqual([refused.status, element(refused, 'Code')], [503, 'SlowDown']);
    assert.equal(element(refused, 'Message'), 'Please reduce your request rate.');
    assert.equal(refused.headers['retry-after'], '7');
    assert.equal(server.getObject('bucket', 'put'), undefined);
    assert.equal((await put('data')).status, 200);
    assert.equal(fault.fired, 1);
    assert.equal((await fault.firstFired).key, 'put');
  });

  it('resets before acting, so that nothing is done', async () => {
    const fault = server.on('PutObject', 'always', { reset: 'before' });
    await assert.rejects(put('data'), { code: 'ECONNRESET' });
    assert.equal(server.getObject('bucket', 'put'), undefined);
    fault.remove();
    assert.equal((await put('data')).status, 200);
    assert.equal(fault.fired, 1);
    assert.equal(server.operations[0]?.aborted, true);
  });

  it('loses the acknowledgement of a write that was done', async () => {
    const fault = server.on('PutObject', 1, { reset: 'after' });
    await assert.rejects(put('data'), { code: 'ECONNRESET' });
    assert.equal(server.getObject('bucket', 'put')?.toString(), 'data');
    assert.equal(fault.fired, 1);
  });

  for (const afterBytes of [0, 1, 65_536, 1_048_577, data.length - 1, data.length]) {
    it(`resets after exactly ${afterBytes} bytes of the body`, async () => {
      const fault = server.on('GetObject', 1, { reset: { afterBytes } });
      const reply = await get();
      assert.equal(reply.headers['content-length'], String(data.length));
      assert.ok(reply.body.equals(data.subarray(0, afterBytes)));
      assert.equal(reply.ended, afterBytes === data.length ? 'complete' : 'ECONNRESET');
      await fault.firstFired;
      assert.equal(fault.fired, 1);
      const entry = await server.waitFor('GetObject', 1, 'ended');
      assert.deepEqual([entry.bytesOut, entry.aborted], [afterBytes, true]);
    });

    it(`ends cleanly after exactly ${afterBytes} bytes of the body`, async () => {
      const fault = server.on('GetObject', 1, { end: { afterBytes } });
      const reply = await get();
      assert.equal(reply.headers['content-length'], String(data.length));
      assert.ok(reply.body.equals(data.subarray(0, afterBytes)));
      assert.equal(reply.ended, afterBytes === data.length ? 'complete' : 'ECONNRESET');
      await fault.firstFired;
      assert.equal(fault.fired, 1);
    });
  }

  it('delivers every byte before a reset to a client that is slow to read, or reads only afterwards', async () => {
    const cases: readonly (readonly [number, () => Promise<unknown>])[] = [
      [2_900_000, () => new Promise((resolve) => setTimeout(resolve, 1))],
      [150_000, () => server.waitFor('GetObject', 2, 'ended')],
    ];
    assert.equal(cases.length, 2);
    for (const [afterBytes, pause] of cases) {
      const fault = server.on('GetObject', 'always', { reset: { afterBytes } });
      const { headers } = signed(server, { path: '/bucket/key' });
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const socket = createConnection(server.port, '127.0.0.1');
      const received: Buffer[] = [];
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        received.push(chunk);
        socket.pause();
        void pause().then(() => socket.resume());
      });
      socket.write(`GET /bucket/key HTTP/1.1\r\n${lines.join('')}\r\n`);
      await new Promise((resolve) => socket.once('close', resolve));
      const reply = Buffer.concat(received);
      assert.ok(reply.subarray(reply.indexOf('\r\n\r\n') + 4).equals(data.subarray(0, afterBytes)));
      assert.equal(fault.fired, 1);
      fault.remove();
    }
  });

  it('answers without a length, whole or too short', async () => {
    const whole = server.on('GetObject', 1, { noLength: true });
    const short = server.on('GetObject', 2, { noLength: true, end: { afterBytes: 70_000 } });
    const first = await get();
    assert.deepEqual([first.headers['content-length'], first.headers['transfer-encoding']], [undefined, undefined]);
    assert.equal(first.headers.connection, 'close');
    assert.ok(first.body.equals(data));
    const second = await get();
    assert.ok(second.body.equals(data.subarray(0, 70_000)));
    assert.equal(second.ended, 'complete');
    assert.deepEqual([whole.fired, short.fired], [1, 1]);
  });

  it('stalls before acting, after acting and in mid-body, until released', async () => {
    const before = server.on('PutObject', 1, { stall: 'before' });
    const first = put('one');
    await before.firstFired;
    assert.equal(server.getObject('bucket', 'put'), undefined);
    before.release();
    assert.equal((await first).status, 200);
    const after = server.on('PutObject', 2, { stall: 'after' });
    const second = put('two');
    await after.firstFired;
    assert.equal(server.getObject('bucket', 'put')?.toString(), 'two');
    after.release();
    assert.equal((await second).status, 200);
    const middle = server.on('GetObject', 1, { stall: { afterBytes: 1_500_000 } });
    const third = get();
    await middle.firstFired;
    assert.equal(server.operations.at(-1)?.bytesOut, 1_500_000);
    middle.release();
    assert.ok((await third).body.equals(data));
  });

  it('ends stalled connections when it closes', async () => {
    const fault = server.on('GetObject', 'always', { stall: { afterBytes: 10 } });
    const reply = get();
    await fault.firstFired;
    await server.close();
    assert.deepEqual([(await reply).body.length, (await reply).ended], [10, 'ECONNRESET']);
  });

  it('delays by at least the time asked for', async () => {
    const fault = server.on('GetObject', 1, { delayMs: 50 });
    const started = performance.now();
    await get();
    assert.ok(performance.now() - started >= 49);
    assert.equal(fault.fired, 1);
  });

  it('holds a request before it acts, or its answer after', async () => {
    const gate = Promise.withResolvers<undefined>();
    const before = server.on('PutObject', 1, { hold: gate.promise });
    const after = server.on('PutObject', 2, { hold: gate.promise, when: 'after' });
    const first = put('one');
    await before.firstFired;
    assert.equal(server.getObject('bucket', 'put'), undefined);
    const second = put('two');
    await after.firstFired;
    assert.equal(server.getObject('bucket', 'put')?.toString(), 'two');
    gate.resolve(undefined);
    assert.deepEqual([(await first).status, (await second).status], [200, 200]);
  });

  it('calls a hook and waits for it before it acts', async () => {
    const fault = server.on('GetObject', 1, {
      async call({ operation, bucket, key, nth }) {
        await Promise.resolve();
        server.putObject('bucket', 'key', `${operation} ${bucket ?? ''} ${key ?? ''} ${nth}`);
      },
    });
    assert.equal((await get()).body.toString(), 'GetObject bucket key 1');
    assert.equal(fault.fired, 1);
  });

  it('changes what a reply says and nothing else', async () => {
    const flipped = Buffer.from(data.subarray(0, 100));
    flipped[70] = (flipped[70] ?? 0) ^ 1;
    const range = { range: 'bytes=0-99' };
    const checksum = { 'x-amz-checksum-mode': 'ENABLED' };
    const { 'x-amz-checksum-crc32': right } = (await get(checksum)).headers;
    const cases: readonly (readonly [FaultAction, Record<string, string>, (reply: RawReply) => boolean])[] = [
      [{ corrupt: { byte: 70 } }, range, (reply) => reply.body.equals(flipped)],
      [{ ignoreRange: true }, range, (reply) => reply.status === 200 && reply.body.equals(data)],
      [{ shiftRange: 5 }, range, (reply) => reply.headers['content-range'] === `bytes 5-104/${data.length}`],
      [{ longerBody: 3 }, range, (reply) => reply.body.length === 103 && reply.ended === 'complete'],
      [{ dropHeader: 'ETag' }, range, (reply) => reply.headers.etag === undefined],
      [{ wrongChecksum: true }, checksum, ({ headers }) => headers['x-amz-checksum-crc32'] !== right],
    ];
    assert.equal(cases.length, 6);
    for (const [action, headers, holds] of cases) {
      const fault = server.on('GetObject', 'always', action);
      assert.ok(holds(await get(headers)), JSON.stringify(action));
      assert.equal(fault.fired, 1);
      fault.remove();
    }
    assert.ok((await get()).body.equals(data));
  });

  it('does not count a fault that had no effect', async () => {
    const rules = [
      server.on('GetObject', 'always', { reset: { afterBytes: data.length + 1 } }),
      server.on('GetObject', 'always', { corrupt: { byte: data.length } }),
      server.on('GetObject', 'always', { shiftRange: 1 }),
      server.on('GetObject', 'always', { ignoreRange: true }),
    ];
    assert.ok((await get()).body.equals(data));
    assert.deepEqual(
      rules.map(({ fired }) => fired),
      [0, 0, 0, 0],
    );
  });

  it('applies several rules to one request', async () => {
    server.on('*', 'always', { corrupt: { byte: 0 } });
    server.on('GetObject', 1, { end: { afterBytes: 4 } });
    const reply = await get();
    assert.deepEqual([...reply.body], [1, 0, 0, 0]);
  });

  it('selects by a test of the request, and counts all operations under *', async () => {
    const third = server.on('*', 3, { status: 500, code: 'InternalError' });
    const ranged = server.on('GetObject', ({ range }) => range === 'bytes=7-8', { status: 503, code: 'SlowDown' });
    const statuses = [];
    for (const range of ['bytes=0-0', 'bytes=7-8', 'bytes=0-0', 'bytes=0-0'])
      statuses.push((await get({ range })).status);
    assert.deepEqual(statuses, [206, 503, 500, 206]);
    assert.deepEqual([third.fired, ranged.fired], [1, 1]);
  });

  it('puts errors into the body of a 200, which the SDK takes for errors', async () => {
    const client = sdkClient(server);
    const target = { Bucket: 'bucket', Key: 'multi' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32' }));
    const part = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'part' }));
    const Parts = [{ PartNumber: 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 }];
    const complete = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } });
    const copy = new CopyObjectCommand({ ...target, CopySource: 'bucket/key' });
    const faults = [
      server.on('CompleteMultipartUpload', 1, { errorInBody: { code: 'InternalError' } }),
      server.on('CopyObject', 1, { errorInBody: { code: 'SlowDown', message: 'slower' } }),
    ];
    await assert.rejects(client.send(complete), { name: 'InternalError' });
    await assert.rejects(client.send(copy), { name: 'SlowDown', message: 'slower' });
    assert.equal(server.getObject('bucket', 'multi'), undefined);
    assert.equal(server.uploads().length, 1);
    assert.deepEqual(
      faults.map(({ fired }) => fired),
      [1, 1],
    );
    await client.send(complete);
    client.destroy();
  });

  it('lies about a checksum in a header and in a document, and the SDK notices the first', async () => {
    const client = sdkClient(server);
    server.on('GetObject', 1, { wrongChecksum: true });
    const answer = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' }));
    await assert.rejects(bytesOf(answer), /[Cc]hecksum mismatch/);
    const fault = server.on('CopyObject', 1, { wrongChecksum: true });
    const copy = await client.send(new CopyObjectCommand({ Bucket: 'bucket', Key: 'copy', CopySource: 'bucket/key' }));
    assert.notEqual(copy.CopyObjectResult?.ChecksumCRC32, server.objects('bucket')[0]?.checksum?.value);
    assert.equal(fault.fired, 1);
    client.destroy();
  });

  it('is retried by the SDK', async () => {
    const client = sdkClient(server, { maxAttempts: 3 });
    server.on('PutObject', 1, { reset: 'after' });
    server.on('PutObject', 2, { status: 503, code: 'SlowDown' });
    const answer = await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'put', Body: 'data' }));
    assert.equal(answer.$metadata.attempts, 3);
    client.destroy();
  });

  it('tells when requests arrive and end, past or to come', async () => {
    const arrival = server.waitFor('PutObject', 2);
    await put('one');
    assert.equal((await server.waitFor('PutObject', 1, 'ended')).status, 200);
    const second = put('two');
    assert.equal((await arrival).key, 'put');
    await second;
    const entry = await server.waitFor('*', 2, 'ended');
    assert.deepEqual([entry.operation, entry.nth, entry.bytesIn, entry.aborted], ['PutObject', 2, 3, false]);
    assert.ok((entry.endedAt ?? 0) >= entry.startedAt);
  });

  it('survives clients that leave in mid-request', async () => {
    const { headers } = signed(server, { method: 'PUT', path: '/bucket/put', payload: 'UNSIGNED-PAYLOAD' });
    const lines = Object.entries({ ...headers, 'content-length': '100' }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    const socket = createConnection(server.port, '127.0.0.1');
    socket.write(`PUT /bucket/put HTTP/1.1\r\n${lines.join('')}\r\nhalf`);
    await server.waitFor('PutObject', 1);
    socket.destroy();
    const entry = await server.waitFor('PutObject', 1, 'ended');
    assert.deepEqual([entry.aborted, server.getObject('bucket', 'put')], [true, undefined]);
    assert.equal((await get()).status, 200);
  });

  it('frees its port and refuses connections after close', async () => {
    await server.close();
    await server.close();
    await assert.rejects(get(), { code: 'ECONNREFUSED' });
    await using again = await startS3Server({ port: server.port });
    assert.equal(again.port, server.port);
    await assert.rejects(startS3Server({ port: again.port }), { code: 'EADDRINUSE' });
    await assert.rejects(startS3Server({ limits: { maxParts: 1.5 } }), RangeError);
  });
});
