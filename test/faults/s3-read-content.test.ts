import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import type { FaultAction } from '../../src/testing/s3-server/index.ts';
import { CHECKSUM_ALGORITHMS } from '../../src/testing/s3-server/checksums.ts';
import { BYTES, PART, onPart, openSource } from '../connectors/s3/reading.ts';
import {
  BUCKET,
  QUICK,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
  settingsFor,
  summary,
  useS3Server,
} from '../connectors/s3/support.ts';

describe('what is read of an S3 object', () => {
  const server = useS3Server();
  const open = (options: Parameters<typeof openSource>[1] = {}) => openSource(server.s3, options);

  /** A source of what the test put under another key. */
  const held = () => open({ key: 'held' });

  describe('the consumer is slow', () => {
    it('asks for no more than maxBufferedBytes beyond what was consumed, byte for byte', async () => {
      const maxBufferedBytes = 2 * PART;
      const source = open({ maxBufferedBytes, concurrency: 8 });
      let consumed = 0;
      let most = 0;
      const slow = new Writable({
        highWaterMark: 1,
        write: (chunk: Buffer, _encoding, callback) => {
          const delivered = requests(server.s3, 'GetObject').reduce((sum, { bytesOut }) => sum + bytesOut, 0);
          most = Math.max(most, delivered - consumed);
          consumed += chunk.length;
          setImmediate(callback);
        },
      });
      await pipeline(source, slow);
      assert.equal(consumed, BYTES.length);
      assert.ok(most <= maxBufferedBytes && most > PART, `held ${most} bytes`);
    });

    it('has as many parts under way as are allowed while it keeps up, and asks for none while it stands still', async () => {
      const [partSize, concurrency, rounds] = [8_000, 4, 3];
      const bytes = patterned(partSize * concurrency * rounds);
      server.s3.putObject(BUCKET, 'long', bytes);
      const maxBufferedBytes = partSize * concurrency;
      const source = open({ key: 'long', partSize, concurrency, maxBufferedBytes, verify: false });
      const asked = () => requests(server.s3, 'GetObject').length;
      // The next four are answered together, or never.
      const together = Promise.withResolvers<undefined>();
      const fault = server.s3.on('GetObject', ({ nth }) => nth > concurrency && nth <= 2 * concurrency, {
        hold: together.promise,
      });
      const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      const taken = [(await chunks.next()).value as Buffer];
      await server.s3.waitFor('GetObject', concurrency, 'ended');
      // Whatever had been asked for meanwhile would have come before this.
      await (await fetch(server.s3.endpoint)).arrayBuffer();
      assert.equal(asked(), concurrency);
      const rest = (async () => {
        for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) taken.push(next.value);
      })();
      await server.s3.waitFor('GetObject', 2 * concurrency, 'started');
      together.resolve(undefined);
      await rest;
      assertSameBytes(Buffer.concat(taken), bytes);
      assert.equal(fault.fired, concurrency);
    });

    it('leaves a client usable whose sources nobody reads on, more of them than it has sockets', async () => {
      const config = { ...settingsFor(server.s3), transfer: { concurrency: 1 } };
      const sources = Array.from({ length: 60 }, () => open({ config, maxBufferedBytes: PART, verify: false }));
      await Promise.all(sources.map((source) => source[Symbol.asyncIterator]().next()));
      const another = open({ config, timeout: '10s' });
      assertSameBytes(await readAll(another), BYTES);
      for (const source of sources) source.destroy();
      const settled = await Promise.all(sources.map((source) => source.settled));
      assert.ok(settled.every(({ cleanup }) => cleanup === 'confirmed'));
    });

    it('meets no idle timeout while the consumer pauses', async () => {
      const source = open({ idleTimeout: 80, maxBufferedBytes: 2 * PART });
      let paused = 0;
      const slow = new Writable({
        write: (_chunk, _encoding, callback) => {
          paused += 1;
          void sleep(paused <= 2 ? 200 : 0).then(() => callback());
        },
      });
      await pipeline(source, slow);
      assert.ok(paused > 2);
      assert.equal(source.result?.retries, 0);
    });
  });

  it('goes on when every connection is cut while the consumer pauses', async () => {
    await using proxy = await startChaosProxy({ host: '127.0.0.1', port: server.s3.port });
    const source = open({ config: settingsFor(server.s3, proxy.port), maxBufferedBytes: 2 * PART });
    let cut = 0;
    const chunks: Buffer[] = [];
    for await (const chunk of source) {
      chunks.push(chunk as Buffer);
      // In the stream's own buffer nothing waits: what was read ahead is counted.
      assert.equal(source.readableLength, 0);
      if (chunks.length % 3 !== 0) continue;
      proxy.resetAll();
      cut += 1;
      await sleep(20);
    }
    assertSameBytes(Buffer.concat(chunks), BYTES);
    assert.ok(cut >= 2, `${cut} cuts`);
    assert.ok(proxy.log.filter(({ event }) => event === 'closed').length >= 2);
    assert.equal((await source.settled).outcome, 'done');
  });

  describe('the object is replaced while it is read', () => {
    it('refuses another version by If-Match', async () => {
      const fault = onPart(server.s3, 3, 1, 0, {
        call: () => void server.s3.putObject(BUCKET, 'key', patterned(BYTES.length + 4)),
      });
      const source = open({ concurrency: 1 });
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 1);
      assert.equal(error.status, 412);
      assert.deepEqual(summary(await source.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'OBJECT_CHANGED', stage: 'transfer', retryable: false },
      });
    });

    it('refuses a part that does not say of what, and never takes it for the whole', async () => {
      const fault = onPart(server.s3, 0, 1, 0, { dropHeader: 'content-range' });
      const error = await connectorRejection(readAll(open({ verify: false })));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'RANGE_MISMATCH');
    });

    it('refuses another ETag from a store that ignores If-Match', async () => {
      const fault = onPart(server.s3, 3, 1, 0, { dropHeader: 'etag' });
      const error = await connectorRejection(readAll(open()));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'OBJECT_CHANGED');
      assert.match(error.message, /s3:\/\/bucket\/key/);
    });

    it('refuses what is not the version asked for', async () => {
      const error = await connectorRejection(readAll(open({ ifMatch: '"0123456789abcdef0123456789abcdef"' })));
      assert.equal(error.code, 'OBJECT_CHANGED');
    });
  });

  describe('the store answers with other bytes', () => {
    const cases: readonly FaultAction[] = [{ ignoreRange: true }, { shiftRange: 4 }, { longerBody: 8 }];
    for (const action of cases) {
      it(`fails on ${JSON.stringify(action)} and never joins what does not belong`, async () => {
        const fault = onPart(server.s3, 2, 100, 0, action);
        const source = open({ retry: { ...QUICK, attempts: 2 } });
        const error = await connectorRejection(readAll(source));
        assert.ok(fault.fired >= 1);
        assert.equal(error.code, 'RANGE_MISMATCH');
      });
    }
  });

  describe('the bytes are damaged', () => {
    it('fails before the end when one bit of the body is wrong', async () => {
      const fault = onPart(server.s3, 2, 1, 0, { corrupt: { byte: 77 } });
      const source = open();
      let ended = false;
      source.once('end', () => (ended = true));
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'CHECKSUM_MISMATCH');
      assert.equal(ended, false);
    });

    for (const checksum of CHECKSUM_ALGORITHMS) {
      for (const partSize of [undefined, PART - 1]) {
        const of = partSize === undefined ? 'the whole' : 'parts';
        it(`fails when the store holds ${checksum} of ${of}, and reads it when they are not`, async () => {
          const written = server.s3.putObject(BUCKET, 'held', BYTES, { checksum, partSize });
          assert.equal(
            written.checksum?.type,
            checksum === 'CRC64NVME' || partSize === undefined ? 'FULL_OBJECT' : 'COMPOSITE',
          );
          assertSameBytes(await readAll(held()), BYTES);
          const fault = onPart(server.s3, 2, 1, 0, { corrupt: { byte: 77 } });
          assert.equal((await connectorRejection(readAll(held()))).code, 'CHECKSUM_MISMATCH');
          assert.equal(fault.fired, 1);
        });
      }
    }

    it('fails when they are of one of the last of 2,500 parts, whose checksums come in three answers', async () => {
      const partSize = Math.ceil(BYTES.length / 2_500);
      server.s3.putObject(BUCKET, 'held', BYTES, { checksum: 'SHA1', partSize });
      const fault = onPart(server.s3, Math.floor((BYTES.length - 1) / PART), 1, 0, { corrupt: { byte: 0 } });
      const source = held();
      const { code, message } = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 1);
      assert.equal(code, 'CHECKSUM_MISMATCH');
      const [, part, parts] =
        /for part (\d+) of (\d+) do not match the sha1 that the store holds \(s3:/.exec(message) ?? [];
      assert.ok(Number(part) > 2_000 && Number(parts) > Number(part), message);
      assert.ok(source.progress.bytes < BYTES.length);
      assert.equal(requests(server.s3, 'GetObjectAttributes').length, 3);
    });

    it('fails in a small object, whose only answer tells the checksum of its parts', async () => {
      server.s3.putObject(BUCKET, 'held', BYTES.subarray(0, PART), { checksum: 'CRC32C', partSize: 1_000 });
      const fault = server.s3.on('GetObject', 1, { corrupt: { byte: 77 } });
      assert.equal((await connectorRejection(readAll(held()))).code, 'CHECKSUM_MISMATCH');
      assert.equal(fault.fired, 1);
    });
  });

  describe('the store holds checksums of parts', () => {
    const readsOn = async (action: FaultAction): Promise<void> => {
      server.s3.putObject(BUCKET, 'held', BYTES, { checksum: 'CRC32', partSize: PART });
      const fault = server.s3.on('GetObjectAttributes', 1, action);
      assertSameBytes(await readAll(held()), BYTES);
      assert.equal(fault.fired, 1);
    };

    it('reads on by the length alone where it does not tell them to this caller', () =>
      readsOn({ status: 403, code: 'AccessDenied' }));

    it('reads on by the length alone where it cannot tell them', () =>
      readsOn({ status: 501, code: 'NotImplemented' }));

    it('asks again when they could not be had at once', async () => {
      await readsOn({ reset: 'before' });
      assert.equal(requests(server.s3, 'GetObjectAttributes').length, 2);
    });

    it('fails when they are those of another object by then', async () => {
      const put = (bytes: Buffer): void => {
        server.s3.putObject(BUCKET, 'held', bytes, { checksum: 'CRC32', partSize: 1_000 });
      };
      put(BYTES.subarray(0, PART));
      const fault = server.s3.on('GetObjectAttributes', 1, { call: () => put(BYTES.subarray(1, PART + 1)) });
      assert.equal((await connectorRejection(readAll(held()))).code, 'OBJECT_CHANGED');
      assert.equal(fault.fired, 1);
    });
  });

  describe('the checksum', () => {
    it('is asked for again when it could not be had at once', async () => {
      const fault = server.s3.on('HeadObject', 1, { reset: 'before' });
      const source = open();
      assertSameBytes(await readAll(source), BYTES);
      assert.equal(fault.fired, 1);
      assert.equal((await source.settled).outcome, 'done');
    });

    it('that cannot be had at all ends nothing unverified', async () => {
      const fault = server.s3.on('HeadObject', 'always', { status: 500, code: 'InternalError' });
      const error = await connectorRejection(readAll(open({ retry: { ...QUICK, attempts: 2 } })));
      assert.equal(fault.fired, 2);
      assert.equal(error.code, 'SERVER_ERROR');
    });
  });

  it('is the bytes of the object, also where they look like an answer that would be refused', async () => {
    const page = Buffer.from('<!DOCTYPE html>\n<html><body>An object like any other</body></html>');
    const source = open({ key: 'page' });
    server.s3.putObject(BUCKET, 'page', page);
    assertSameBytes(await readAll(source), page);
    assert.equal((await source.settled).outcome, 'done');
  });

  describe('there is nothing to read', () => {
    it('reads an empty object as 0 bytes and a success', async () => {
      server.s3.putObject(BUCKET, 'empty', '');
      const source = open({ key: 'empty' });
      assert.equal((await readAll(source)).length, 0);
      assert.equal((await source.info).size, 0);
      assert.deepEqual(
        server.s3.operations.map(({ operation, status }) => `${operation} ${status}`),
        ['GetObject 416', 'HeadObject 200'],
      );
    });

    const cases = [
      { title: 'a missing key', options: { key: 'none' }, code: 'NOT_FOUND', status: 404 },
      { title: 'a missing bucket', options: { bucket: 'no-such-bucket' }, code: 'NOT_FOUND', status: 404 },
      {
        title: 'a start past the end',
        options: { range: { start: BYTES.length } },
        code: 'RANGE_NOT_SATISFIABLE',
        status: 416,
      },
      {
        title: 'a start in an empty object',
        options: { key: 'empty', range: { start: 1 } },
        code: 'RANGE_NOT_SATISFIABLE',
        status: 416,
      },
    ] as const;
    for (const { title, options, code, status } of cases) {
      it(`names ${title}: ${code}`, async () => {
        server.s3.putObject(BUCKET, 'empty', '');
        const source = open(options);
        const error = await connectorRejection(readAll(source));
        assert.deepEqual(
          { code: error.code, status: error.status, retryable: error.retryable },
          { code, status, retryable: false },
        );
        assert.equal(error.outcome, 'not-done');
        assert.equal((await source.settled).error?.code, code);
      });
    }

    it('does not take an object that has bytes for an empty one, whatever the answer to its first range', async () => {
      const fault = server.s3.on('GetObject', 'always', { status: 416, code: 'InvalidRange' });
      const source = open();
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 1);
      assert.deepEqual(
        { code: error.code, status: error.status, retryable: error.retryable },
        { code: 'RANGE_NOT_SATISFIABLE', status: 416, retryable: false },
      );
      assert.equal((await source.settled).outcome, 'not-done');
    });

    it('names a refused permission', async () => {
      const fault = server.s3.on('GetObject', 'always', { status: 403, code: 'AccessDenied' });
      const error = await connectorRejection(readAll(open()));
      assert.equal(error.code, 'ACCESS_DENIED');
      assert.equal(fault.fired, 1);
      assert.equal(error.retryable, false);
    });
  });
});
