import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { s3ObjectSource } from '../../src/connectors/s3/object-source.ts';
import type { S3ObjectSourceOptions } from '../../src/connectors/s3/object-source.ts';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import type { FaultAction, FaultHandle } from '../../src/testing/s3-server/index.ts';
import {
  BUCKET,
  KIB,
  QUICK,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  readAll,
  requests,
  settingsFor,
  summary,
  useS3Server,
} from '../connectors/s3/support.ts';

const PART = 64 * KIB;
const bytes = patterned(4 * PART + 1234);

describe('faults while reading an S3 object', () => {
  const server = useS3Server();

  const open = (options: Partial<S3ObjectSourceOptions> = {}) => {
    server.s3.putObject(BUCKET, 'key', bytes);
    const config = settingsFor(server.s3);
    return s3ObjectSource({ bucket: BUCKET, key: 'key', partSize: PART, config, retry: QUICK, ...options });
  };

  /** On the requests for a part from the one after `skip` on, until `until` have been made. */
  const onPart = (part: number, until: number, skip: number, action: FaultAction): FaultHandle => {
    let asked = 0;
    const last = Math.min((part + 1) * PART, bytes.length) - 1;
    const selects = (range = ''): boolean => {
      if (!range.endsWith(`-${last}`)) return false;
      asked += 1;
      return asked > skip && asked <= until;
    };
    return server.s3.on('GetObject', ({ range }) => selects(range), action);
  };

  describe('R1: the connection is reset in mid-body', () => {
    const cases = [0, 1, 16 * KIB - 1, 16 * KIB, PART - 1].flatMap((afterBytes) =>
      [1, 3].flatMap((times) => [0, 2].map((part) => ({ afterBytes, times, part }))),
    );
    it('has a case for every byte, number of resets and part', () => assert.equal(cases.length, 20));

    for (const { afterBytes, times, part } of cases) {
      it(`resumes part ${part} at the exact byte, ${times} times after ${afterBytes} bytes each`, async () => {
        // As many bytes each time, but never the last one: a reply that is complete cannot be reset.
        const cuts = Array.from({ length: times }, (_, n) => (n * afterBytes + afterBytes < PART ? afterBytes : 0));
        const faults = cuts.map((cut, n) => onPart(part, n + 1, n, { reset: { afterBytes: cut } }));
        const { signal } = new AbortController();
        const source = open({ signal });
        assertSameBytes(await readAll(source), bytes);

        assert.deepEqual(
          faults.map(({ fired }) => fired),
          cuts.map(() => 1),
        );
        assert.equal(source.result?.retries, times);
        const last = part * PART + PART - 1;
        const asked = requests(server.s3, 'GetObject').filter(({ range }) => range?.endsWith(`-${last}`));
        // What was cut off is asked for again from its first missing byte; the server's count is exact.
        const offsets = asked.map(({ range }) => Number(/=(\d+)-/.exec(range ?? '')?.[1]) - part * PART);
        assert.deepEqual(
          offsets,
          Array.from({ length: times + 1 }, (_, n) => cuts.slice(0, n).reduce((sum, cut) => sum + cut, 0)),
        );
        const unpinned = requests(server.s3, 'GetObject').filter(({ headers }) => headers['if-match'] === undefined);
        const withoutEtag = unpinned.filter(({ range }) => range !== `bytes=0-${PART - 1}`);
        assert.deepEqual(withoutEtag, []);
        assert.equal((await source.settled).outcome, 'done');
        assert.equal(listenersOn(signal), 0);
      });
    }

    it('loses and doubles nothing when the reset comes after the last byte', async () => {
      await using proxy = await startChaosProxy({ host: '127.0.0.1', port: server.s3.port });
      const pattern = bytes.subarray(2 * PART - 8, 2 * PART);
      proxy.plan(() => ({ down: [{ when: { pattern }, do: 'reset' }] }));
      const source = open({ config: settingsFor(server.s3, proxy.port) });
      assertSameBytes(await readAll(source), bytes);
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.equal((await source.settled).outcome, 'done');
    });

    it('gives up after the attempts that are allowed, with what broke it', async () => {
      const fault = onPart(1, 100, 0, { reset: { afterBytes: 1 } });
      const { signal } = new AbortController();
      const source = open({ signal, retry: { ...QUICK, attempts: 3 } });
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 3);
      assert.equal(error.code, 'CONNECTION_LOST');
      assert.deepEqual(summary(await source.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'CONNECTION_LOST', stage: 'transfer', retryable: true },
      });
      assert.equal(listenersOn(signal), 0);
    });
  });

  describe('R2: the body ends early', () => {
    it('resumes after a FIN in mid-body', async () => {
      const fault = onPart(1, 1, 0, { end: { afterBytes: 1000 } });
      assertSameBytes(await readAll(open()), bytes);
      assert.equal(fault.fired, 1);
    });

    it('resumes a body without Content-Length that ended early', async () => {
      const fault = onPart(1, 1, 0, { noLength: true, end: { afterBytes: 1000 } });
      const source = open();
      assertSameBytes(await readAll(source), bytes);
      assert.equal(fault.fired, 1);
      assert.equal(source.result?.retries, 1);
    });

    it('never ends cleanly when the body is always short', async () => {
      const fault = onPart(1, 100, 0, { noLength: true, end: { afterBytes: 10 } });
      const source = open({ retry: { ...QUICK, attempts: 4 } });
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 4);
      assert.equal(error.code, 'BODY_TRUNCATED');
      assert.equal((await source.settled).outcome, 'not-done');
    });
  });

  describe('R3: the body stalls', () => {
    it('resumes after the idle timeout', async () => {
      const fault = onPart(1, 1, 0, { stall: { afterBytes: 1000 } });
      const startedAt = performance.now();
      assertSameBytes(await readAll(open({ idleTimeout: 150 })), bytes);
      const took = performance.now() - startedAt;
      assert.equal(fault.fired, 1);
      assert.ok(took >= 150 && took < 2_000, `took ${took} ms`);
    });

    it('gives up after idle timeout times attempts', async () => {
      const fault = onPart(1, 100, 0, { stall: { afterBytes: 10 } });
      const { signal } = new AbortController();
      const source = open({ signal, idleTimeout: 100, retry: { ...QUICK, attempts: 3 } });
      const startedAt = performance.now();
      const error = await connectorRejection(readAll(source));
      const took = performance.now() - startedAt;
      assert.equal(fault.fired, 3);
      assert.equal(error.code, 'IDLE_TIMEOUT');
      assert.ok(took >= 300 && took < 2_000, `took ${took} ms`);
      assert.equal(listenersOn(signal), 0);
    });

    it('gives up an answer that does not begin', async () => {
      const fault = onPart(0, 100, 0, { stall: 'before' });
      const source = open({ responseTimeout: 100, retry: { ...QUICK, attempts: 2 } });
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 2);
      assert.equal(error.code, 'RESPONSE_TIMEOUT');
      assert.equal(error.stage, 'open');
    });
  });

  describe('R4: the consumer is slow', () => {
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
      assert.equal(consumed, bytes.length);
      assert.ok(most <= maxBufferedBytes && most > PART, `held ${most} bytes`);
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

  describe('R5: the object is replaced while it is read', () => {
    it('refuses another version by If-Match', async () => {
      const fault = onPart(3, 1, 0, {
        call: () => void server.s3.putObject(BUCKET, 'key', patterned(bytes.length + 4)),
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

    it('refuses another ETag from a store that ignores If-Match', async () => {
      const fault = onPart(3, 1, 0, { dropHeader: 'etag' });
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

  describe('R6: the store answers with other bytes', () => {
    const cases: readonly FaultAction[] = [{ ignoreRange: true }, { shiftRange: 4 }, { longerBody: 8 }];
    for (const action of cases) {
      it(`fails on ${JSON.stringify(action)} and never joins what does not belong`, async () => {
        const fault = onPart(2, 100, 0, action);
        const source = open({ retry: { ...QUICK, attempts: 2 } });
        const error = await connectorRejection(readAll(source));
        assert.ok(fault.fired >= 1);
        assert.equal(error.code, 'RANGE_MISMATCH');
      });
    }
  });

  describe('R7: the bytes are damaged', () => {
    it('fails before the end when one bit of the body is wrong', async () => {
      const fault = onPart(2, 1, 0, { corrupt: { byte: 77 } });
      const source = open();
      let ended = false;
      source.once('end', () => (ended = true));
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'CHECKSUM_MISMATCH');
      assert.equal(ended, false);
    });
  });

  describe('R11: there is nothing to read', () => {
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
        options: { range: { start: bytes.length } },
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

    it('names a refused permission', async () => {
      const fault = server.s3.on('GetObject', 'always', { status: 403, code: 'AccessDenied' });
      const error = await connectorRejection(readAll(open()));
      assert.equal(error.code, 'ACCESS_DENIED');
      assert.equal(fault.fired, 1);
      assert.equal(error.retryable, false);
    });
  });

  it('closes the sockets of bodies that were cut off', async () => {
    const fault = onPart(0, 1, 0, { stall: { afterBytes: 1000 } });
    const source = open();
    source.resume();
    const entry = await fault.firstFired;
    const closed = server.s3.waitFor('GetObject', entry.nth, 'ended');
    source.on('error', () => undefined).destroy();
    await once(source, 'close');
    assert.equal((await closed).aborted, true);
  });
});
