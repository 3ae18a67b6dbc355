import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AdlsFaultAction } from '../../src/testing/adls-server/index.ts';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import {
  BYTES,
  CONTAINER,
  PART,
  onPart,
  openPut,
  requests,
  settingsFor,
  useAdlsServer,
} from '../connectors/adls2/reading.ts';
import {
  KIB,
  QUICK,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  readAll,
  summary,
} from '../connectors/s3/support.ts';

const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');

describe('faults while reading a file of ADLS', () => {
  const server = useAdlsServer();
  const open = (options: Parameters<typeof openPut>[1] = {}) => openPut(server.adls, options);

  describe('the connection is reset in mid-body', () => {
    const cases = [0, 1, 16 * KIB, PART - 1].flatMap((afterBytes) =>
      [1, 3].flatMap((times) => [0, 2].map((part) => ({ afterBytes, times, part }))),
    );
    it('has a case for every byte, number of resets and part', () => assert.equal(cases.length, 16));

    for (const { afterBytes, times, part } of cases) {
      it(`resumes part ${part} at the exact byte, ${times} times after ${afterBytes} bytes each`, async () => {
        // As many bytes each time, but never the last one: a reply that is complete cannot be reset.
        const cuts = Array.from({ length: times }, (_, n) => (n * afterBytes + afterBytes < PART ? afterBytes : 0));
        const faults = cuts.map((cut, n) =>
          onPart(server.adls, part, { until: n + 1, skip: n }, { reset: { afterBytes: cut } }),
        );
        const { signal } = new AbortController();
        const source = open({ signal });
        assertSameBytes(await readAll(source), BYTES);

        assert.deepEqual(
          faults.map(({ fired }) => fired),
          cuts.map(() => 1),
        );
        assert.equal(source.result?.retries, times);
        const asked = requests(server.adls, 'GetBlob').filter(({ range }) =>
          range?.endsWith(`-${(part + 1) * PART - 1}`),
        );
        const offsets = asked.map(({ range }) => Number(/=(\d+)-/.exec(range ?? '')?.[1]) - part * PART);
        assert.deepEqual(
          offsets,
          Array.from({ length: times + 1 }, (_, n) => cuts.slice(0, n).reduce((sum, cut) => sum + cut, 0)),
        );
        const unpinned = requests(server.adls, 'GetBlob').filter(({ headers }) => headers['if-match'] === undefined);
        assert.deepEqual(
          unpinned.filter(({ range }) => range !== `bytes=0-${PART - 1}`),
          [],
        );
        assert.equal((await source.settled).outcome, 'done');
        assert.equal(listenersOn(signal), 0);
      });
    }

    it('loses and doubles nothing when the reset comes after the last byte', async () => {
      await using proxy = await startChaosProxy({ host: '127.0.0.1', port: server.adls.port });
      const pattern = BYTES.subarray(2 * PART - 8, 2 * PART);
      proxy.plan(() => ({ down: [{ when: { pattern }, do: 'reset' }] }));
      const source = open({ config: settingsFor(server.adls, proxy.port) });
      assertSameBytes(await readAll(source), BYTES);
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.equal((await source.settled).outcome, 'done');
    });
  });

  describe('one request fails', () => {
    /** For what is waited for in vain; all else may be as slow as the machine is busy. */
    const patience = (action: AdlsFaultAction): { idleTimeout?: number; responseTimeout?: number } => {
      if (!('stall' in action)) return {};
      return action.stall === 'before' ? { responseTimeout: 500 } : { idleTimeout: 500 };
    };
    // 408, 429, 502 and 504 are what the SDK does not retry.
    const cases: readonly AdlsFaultAction[] = [
      ...(
        [
          [408, 'OperationTimedOut'],
          [429, 'TooManyRequests'],
          [500, 'InternalError'],
          [502, 'BadGateway'],
          [503, 'ServerBusy'],
          [504, 'GatewayTimeout'],
        ] as const
      ).map(([status, code]) => ({ status, code })),
      { reset: 'before' },
      { end: { afterBytes: 1_000 } },
      { stall: { afterBytes: 1_000 } },
      { stall: 'before' },
      { noLength: true },
      { noLength: true, end: { afterBytes: 1_000 } },
    ];
    for (const action of cases) {
      it(`is made again after ${JSON.stringify(action)}`, async () => {
        const fault = onPart(server.adls, 1, { until: 1 }, action);
        const source = open(patience(action));
        assertSameBytes(await readAll(source), BYTES);
        assert.equal(fault.fired, 1);
        assert.equal(source.result?.retries, 1);
      });
    }

    const lasting: readonly (readonly [AdlsFaultAction, string])[] = [
      [{ reset: { afterBytes: 1 } }, 'CONNECTION_LOST'],
      [{ stall: { afterBytes: 10 } }, 'IDLE_TIMEOUT'],
      [{ stall: 'before' }, 'RESPONSE_TIMEOUT'],
      [{ noLength: true }, 'SERVER_ERROR'],
      [{ status: 504, code: 'GatewayTimeout' }, 'SERVER_ERROR'],
    ];
    for (const [action, code] of lasting) {
      it(`ends with ${code} after the attempts that are allowed of ${JSON.stringify(action)}`, async () => {
        const fault = onPart(server.adls, 1, {}, action);
        const { signal } = new AbortController();
        const source = open({ ...patience(action), signal, retry: { ...QUICK, attempts: 3 } });
        const error = await connectorRejection(readAll(source));
        assert.equal(fault.fired, 3);
        assert.match(error.message, /adls:\/\/lake\/dir\/file/);
        assert.deepEqual(summary(await source.settled), {
          ...{ outcome: 'not-done', cleanup: 'confirmed' },
          ...{ code, stage: 'transfer', retryable: true },
        });
        assert.equal(listenersOn(signal), 0);
      });
    }
  });

  it('closes the sockets of bodies that were cut off', async () => {
    const fault = onPart(server.adls, 0, { until: 1 }, { stall: { afterBytes: 1000 } });
    const source = open();
    source.resume();
    const entry = await fault.firstFired;
    const closed = server.adls.waitFor('GetBlob', entry.nth, 'ended');
    source.on('error', () => undefined).destroy();
    await once(source, 'close');
    assert.equal((await closed).aborted, true);
  });

  it('asks for no more than maxBufferedBytes beyond what a slow consumer took', async () => {
    const maxBufferedBytes = 2 * PART;
    const source = open({ maxBufferedBytes });
    let consumed = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, callback) => {
        const delivered = requests(server.adls, 'GetBlob').reduce((sum, { bytesOut }) => sum + bytesOut, 0);
        most = Math.max(most, delivered - consumed);
        consumed += chunk.length;
        setImmediate(callback);
      },
    });
    await pipeline(source, slow);
    assert.equal(consumed, BYTES.length);
    assert.ok(most <= maxBufferedBytes && most > PART, `held ${most} bytes`);
  });

  describe('the file is replaced while it is read', () => {
    const replace = (): void => void server.adls.putFile(CONTAINER, 'dir/file', patterned(BYTES.length + 4));

    it('refuses another version by If-Match', async () => {
      const fault = onPart(server.adls, 3, { until: 1 }, { call: replace });
      const source = open({ concurrency: 1 });
      const error = await connectorRejection(readAll(source));
      assert.equal(fault.fired, 1);
      assert.equal(error.status, 412);
      assert.deepEqual(summary(await source.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'OBJECT_CHANGED', stage: 'transfer', retryable: false },
      });
    });

    it('refuses what is not the version asked for, and takes one with or without quotes', async () => {
      const { etag } = server.adls.putFile(CONTAINER, 'dir/other', BYTES);
      for (const ifMatch of [etag, `"${etag}"`]) {
        assertSameBytes(await readAll(open({ path: 'dir/other', ifMatch })), BYTES);
        assert.equal((await connectorRejection(readAll(open({ ifMatch })))).code, 'OBJECT_CHANGED');
      }
    });
  });

  describe('the answer holds other bytes', () => {
    const cases: readonly AdlsFaultAction[] = [
      { ignoreRange: true },
      { shiftRange: 4 },
      { longerBody: 8 },
      { dropHeader: 'content-range' },
    ];
    for (const action of cases) {
      it(`fails on ${JSON.stringify(action)} and never joins what does not belong`, async () => {
        const fault = onPart(server.adls, 2, {}, action);
        const error = await connectorRejection(readAll(open({ retry: { ...QUICK, attempts: 2 } })));
        assert.ok(fault.fired >= 1);
        assert.equal(error.code, 'RANGE_MISMATCH');
      });
    }

    it('fails on the first part that does not say of what, and never takes it for the whole', async () => {
      const fault = onPart(server.adls, 0, {}, { dropHeader: 'content-range' });
      assert.equal((await connectorRejection(readAll(open()))).code, 'RANGE_MISMATCH');
      assert.equal(fault.fired, 1);
    });
  });

  describe('the account holds the MD5 of the file', () => {
    for (const size of [PART, BYTES.length]) {
      const bytes = BYTES.subarray(0, size);
      const of = size === PART ? 'one request' : 'several';
      const held = (options: Parameters<typeof openPut>[1] = {}, md5 = md5Of(bytes)) => {
        server.adls.putFile(CONTAINER, 'dir/held', bytes, { headers: { 'content-md5': md5 } });
        return open({ path: 'dir/held', ...options });
      };

      it(`reads what agrees with it, in ${of}, with no request but those for bytes`, async () => {
        assertSameBytes(await readAll(held()), bytes);
        assert.deepEqual(new Set(server.adls.operations.map(({ operation }) => operation)), new Set(['GetBlob']));
      });

      it(`fails before the end when one bit is wrong, in ${of}`, async () => {
        const fault = server.adls.on('GetBlob', 1, { corrupt: { byte: 77 } });
        const source = held();
        let ended = false;
        source.once('end', () => (ended = true));
        const error = await connectorRejection(readAll(source));
        assert.equal(fault.fired, 1);
        assert.equal(error.code, 'CHECKSUM_MISMATCH');
        assert.equal(ended, false);
      });

      it(`fails when it is another's, in ${of}, unless told not to compare`, async () => {
        const other = md5Of(Buffer.from('other'));
        assert.equal((await connectorRejection(readAll(held({}, other)))).code, 'CHECKSUM_MISMATCH');
        assertSameBytes(await readAll(held({ verify: false }, other)), bytes);
      });

      it(`does not compare a part of the file with it, of a file of ${of}`, async () => {
        assertSameBytes(await readAll(held({ range: { start: 1, end: 1_000 } })), bytes.subarray(1, 1_001));
      });
    }
  });

  describe('a range', () => {
    for (const [range, from, to] of [
      [{ end: 99 }, 0, 100],
      [{ start: BYTES.length - 7 }, BYTES.length - 7, BYTES.length],
      [{ start: PART - 1, end: PART }, PART - 1, PART + 1],
      [{ start: 5, end: 10 * BYTES.length }, 5, BYTES.length],
    ] as const) {
      it(`is read as it is meant, both ends inclusive: ${JSON.stringify(range)}`, async () => {
        assertSameBytes(await readAll(open({ range })), BYTES.subarray(from, to));
      });
    }

    it('that ends before it starts is refused at once, and never read to the end of the file', () => {
      assert.throws(() => open({ range: { start: 10, end: 9 } }), { code: 'CONFIG_INVALID' });
      assert.equal(server.adls.operations.length, 0);
    });
  });

  describe('there is nothing to read', () => {
    it('reads an empty file as 0 bytes and a success', async () => {
      server.adls.putFile(CONTAINER, 'empty', '');
      const source = open({ path: 'empty' });
      assert.equal((await readAll(source)).length, 0);
      assert.equal((await source.info).size, 0);
      assert.deepEqual(
        server.adls.operations.map(({ operation, status }) => `${operation} ${status}`),
        ['GetBlob 416', 'GetBlobProperties 200'],
      );
    });

    const cases = [
      { title: 'a missing path', options: { path: 'none' }, code: 'NOT_FOUND', status: 404 },
      { title: 'a missing container', options: { container: 'no-such' }, code: 'NOT_FOUND', status: 404 },
      {
        title: 'a start past the end',
        options: { range: { start: BYTES.length } },
        code: 'RANGE_NOT_SATISFIABLE',
        status: 416,
      },
      {
        title: 'a start in an empty file',
        options: { path: 'empty', range: { start: 1 } },
        code: 'RANGE_NOT_SATISFIABLE',
        status: 416,
      },
      { title: 'a directory', options: { path: 'dir' }, code: 'REQUEST_REFUSED', status: undefined },
    ] as const;
    for (const { title, options, code, status } of cases) {
      it(`names ${title}: ${code}`, async () => {
        server.adls.putFile(CONTAINER, 'empty', '');
        const source = open(options);
        const error = await connectorRejection(readAll(source));
        assert.deepEqual(
          { code: error.code, status: error.status, retryable: error.retryable, outcome: error.outcome },
          { code, status, retryable: false, outcome: 'not-done' },
        );
        assert.equal((await source.settled).error?.code, code);
      });
    }

    it('refuses a directory that is read as a whole, too', async () => {
      server.adls.makeDirectory(CONTAINER, 'dir');
      const fault = server.adls.on('GetBlob', 1, { ignoreRange: true });
      const error = await connectorRejection(readAll(open({ path: 'dir' })));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'REQUEST_REFUSED');
    });

    it('does not take a file that has bytes for an empty one, whatever the answer to its first range', async () => {
      const fault = server.adls.on('GetBlob', 'always', { status: 416, code: 'InvalidRange' });
      const error = await connectorRejection(readAll(open()));
      assert.equal(fault.fired, 1);
      assert.deepEqual([error.code, error.status], ['RANGE_NOT_SATISFIABLE', 416]);
    });

    it('names a refused permission', async () => {
      const fault = server.adls.on('GetBlob', 'always', { status: 403, code: 'AuthorizationPermissionMismatch' });
      const error = await connectorRejection(readAll(open()));
      assert.equal(fault.fired, 1);
      assert.deepEqual([error.code, error.retryable], ['ACCESS_DENIED', false]);
    });
  });
});
