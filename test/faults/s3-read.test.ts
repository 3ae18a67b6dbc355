import assert from 'node:assert/strict';
import { once } from 'node:events';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import { BYTES, PART, onPart, openSource } from '../connectors/s3/reading.ts';
import {
  KIB,
  QUICK,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  readAll,
  requests,
  settingsFor,
  summary,
  useS3Server,
} from '../connectors/s3/support.ts';

describe('faults while reading an S3 object', () => {
  const server = useS3Server();
  const open = (options: Parameters<typeof openSource>[1] = {}) => openSource(server.s3, options);

  describe('the connection is reset in mid-body', () => {
    const cases = [0, 1, 16 * KIB - 1, 16 * KIB, PART - 1].flatMap((afterBytes) =>
      [1, 3].flatMap((times) => [0, 2].map((part) => ({ afterBytes, times, part }))),
    );
    it('has a case for every byte, number of resets and part', () => assert.equal(cases.length, 20));

    for (const { afterBytes, times, part } of cases) {
      it(`resumes part ${part} at the exact byte, ${times} times after ${afterBytes} bytes each`, async () => {
        // As many bytes each time, but never the last one: a reply that is complete cannot be reset.
        const cuts = Array.from({ length: times }, (_, n) => (n * afterBytes + afterBytes < PART ? afterBytes : 0));
        const faults = cuts.map((cut, n) => onPart(server.s3, part, n + 1, n, { reset: { afterBytes: cut } }));
        const { signal } = new AbortController();
        const source = open({ signal });
        assertSameBytes(await readAll(source), BYTES);

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
      const pattern = BYTES.subarray(2 * PART - 8, 2 * PART);
      proxy.plan(() => ({ down: [{ when: { pattern }, do: 'reset' }] }));
      const source = open({ config: settingsFor(server.s3, proxy.port) });
      assertSameBytes(await readAll(source), BYTES);
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.equal((await source.settled).outcome, 'done');
    });

    it('gives up after the attempts that are allowed, with what broke it', async () => {
      const fault = onPart(server.s3, 1, 100, 0, { reset: { afterBytes: 1 } });
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

  describe('the body ends early', () => {
    it('resumes after a FIN in mid-body', async () => {
      const fault = onPart(server.s3, 1, 1, 0, { end: { afterBytes: 1000 } });
      assertSameBytes(await readAll(open()), BYTES);
      assert.equal(fault.fired, 1);
    });

    it('resumes a body without Content-Length that ended early', async () => {
      const fault = onPart(server.s3, 1, 1, 0, { noLength: true, end: { afterBytes: 1000 } });
      const source = open();
      assertSameBytes(await readAll(source), BYTES);
      assert.equal(fault.fired, 1);
      assert.equal(source.result?.retries, 1);
    });

    it('never ends cleanly when the body is always short', async () => {
      const fault = onPart(server.s3, 1, 100, 0, { noLength: true, end: { afterBytes: 10 } });
      const source = open({ retry: { ...QUICK, attempts: 4 } });
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 4);
      assert.equal(error.code, 'BODY_TRUNCATED');
      assert.equal((await source.settled).outcome, 'not-done');
    });
  });

  describe('the body stalls', () => {
    it('resumes after the idle timeout', async () => {
      const fault = onPart(server.s3, 1, 1, 0, { stall: { afterBytes: 1000 } });
      const startedAt = performance.now();
      assertSameBytes(await readAll(open({ idleTimeout: 150 })), BYTES);
      const took = performance.now() - startedAt;
      assert.equal(fault.fired, 1);
      assert.ok(took >= 150 && took < 2_000, `took ${took} ms`);
    });

    it('gives up after idle timeout times attempts', async () => {
      const fault = onPart(server.s3, 1, 100, 0, { stall: { afterBytes: 10 } });
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
      const fault = onPart(server.s3, 0, 100, 0, { stall: 'before' });
      const source = open({ responseTimeout: 100, retry: { ...QUICK, attempts: 2 } });
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 2);
      assert.equal(error.code, 'RESPONSE_TIMEOUT');
      assert.equal(error.stage, 'open');
    });
  });

  it('closes the sockets of bodies that were cut off', async () => {
    const fault = onPart(server.s3, 0, 1, 0, { stall: { afterBytes: 1000 } });
    const source = open();
    source.resume();
    const entry = await fault.firstFired;
    const closed = server.s3.waitFor('GetObject', entry.nth, 'ended');
    source.on('error', () => undefined).destroy();
    await once(source, 'close');
    assert.equal((await closed).aborted, true);
  });
});
