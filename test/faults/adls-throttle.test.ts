import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { adlsSource } from '../../src/connectors/adls2/source.ts';
import type { AdlsFaultAction } from '../../src/testing/adls-server/index.ts';
import { openSource } from '../connectors/adls2/reading.ts';
import {
  CONTAINER,
  PATH,
  assertNothingLeft,
  openSink,
  requests,
  settingsFor,
  stored,
  useAdlsServer,
} from '../connectors/adls2/writing.ts';
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
import { chunked } from '../support/bytes.ts';
import { widest } from '../support/overlap.ts';
import { nextRetry } from '../support/retries.ts';

const PARTS = 48;
const PART = 8 * KIB;
const BYTES = patterned(PARTS * PART);
const BUSY = { status: 503, code: 'ServerBusy' } as const;

describe('an account that asks for fewer requests', () => {
  const server = useAdlsServer();
  const wide = { partSize: PART, concurrency: 8, maxBufferedBytes: 9 * PART };
  const sink = (options: Parameters<typeof openSink>[1] = {}) => openSink(server.adls, { ...wide, ...options });
  const source = (options: Parameters<typeof openSource>[1] = {}) => {
    server.adls.putFile(CONTAINER, PATH, BYTES);
    return openSource(server.adls, { ...wide, ...options });
  };
  /** Refuses from the first request on for so long. */
  const refuseFor = (operation: 'AppendFile' | 'GetBlob', ms: number, action: AdlsFaultAction) => {
    let until = 0;
    const selects = () => performance.now() < (until ||= performance.now() + ms);
    // What is served takes a while, so that parallel requests show.
    server.adls.on(operation, 'always', { delayMs: 15 });
    return server.adls.on(operation, selects, action);
  };

  for (const { title, operation, action, transfer } of [
    {
      title: 'a write with 503',
      operation: 'AppendFile',
      action: BUSY,
      transfer: async () => {
        await pipeline(chunked(BYTES), sink({ retry: {} }));
        assertSameBytes(stored(server.adls), BYTES);
      },
    },
    {
      title: 'a read with 429',
      operation: 'GetBlob',
      action: { status: 429, code: 'TooManyRequests' },
      transfer: async () => assertSameBytes(await readAll(source({ retry: {} })), BYTES),
    },
  ] as const) {
    it(`slows all parts of ${title} down together, and then speeds them up again`, async () => {
      const fault = refuseFor(operation, 700, action);
      await transfer();
      const sent = requests(server.adls, operation);
      // All at once, and ever fewer after ever longer pauses. On its own, each part would ask three times.
      assert.ok(fault.fired >= 3 && fault.fired <= 18, `${fault.fired} refusals`);
      assert.equal(sent.length, PARTS + fault.fired);
      const served = sent.filter(({ status }) => status !== action.status);
      assert.equal(widest(served.slice(0, 2)), 1, 'it came back with a crowd');
      assert.ok(widest(served) > 4, 'it did not recover');
    });
  }

  it('is asked thirty times in vain, and the tries of no part are used up', async () => {
    let left = 30;
    const fault = server.adls.on('AppendFile', () => left-- > 0, BUSY);
    await pipeline(chunked(BYTES), sink({ retry: { ...QUICK, attempts: 2 } }));
    assert.deepEqual([fault.fired, requests(server.adls, 'AppendFile').length], [30, PARTS + 30]);
    assertSameBytes(stored(server.adls), BYTES);
  });

  it('has its Retry-After heeded by every part, not only by those that it refused', async () => {
    let left = 8;
    const fault = server.adls.on('AppendFile', () => left-- > 0, { ...BUSY, headers: { 'retry-after': '1' } });
    await pipeline(chunked(BYTES), sink());
    assert.equal(fault.fired, 8);
    const sent = requests(server.adls, 'AppendFile');
    const refusedAt = sent[0]?.endedAt ?? Number.NaN;
    // What was on its way when the first refusal came back.
    assert.ok(sent.filter(({ startedAt }) => startedAt < refusedAt + 950).length <= 8);
  });

  it('slows the files of one source down together', async () => {
    for (let n = 10; n < 40; n += 1) server.adls.putFile(CONTAINER, `d/${n}`, patterned(100));
    const fault = refuseFor('GetBlob', 500, BUSY);
    const config = settingsFor(server.adls);
    const joined = adlsSource(`adls://${CONTAINER}/d/`, { config, join: 'raw', concurrency: 8, retry: {} });
    assert.equal((await readAll(joined)).length, 30 * 100);
    assert.ok(fault.fired >= 3 && fault.fired <= 8 + 4 + 2 + 4, `${fault.fired} refusals`);
  });

  it('slows the streams of one client down together, and no other client', async () => {
    const connect = () =>
      DataLakeServiceClient.fromConnectionString(server.adls.connectionString, { retryOptions: { maxTries: 1 } });
    const [slowed, other] = [connect(), connect()];
    server.adls.putFile(CONTAINER, PATH, patterned(100));
    const fault = server.adls.on('GetBlob', 1, { ...BUSY, headers: { 'retry-after': '1' } });
    const read = (client: DataLakeServiceClient) => readAll(openSource(server.adls, { config: undefined, client }));
    const told = nextRetry();
    const first = read(slowed);
    await told;
    const ended: string[] = [];
    const end = (name: string) => () => void ended.push(name);
    await Promise.all([first.then(end('first')), read(slowed).then(end('same')), read(other).then(end('other'))]);
    assert.equal(fault.fired, 1);
    assert.equal(ended[0], 'other');
    const [refused, , ...later] = requests(server.adls, 'GetBlob');
    const pauses = later.map(({ startedAt }) => startedAt - (refused?.endedAt ?? NaN));
    assert.equal(pauses.length, 2);
    assert.ok(
      pauses.every((ms) => ms >= 950),
      `waited ${pauses.join(' and ')} ms`,
    );
  });

  it('is left at once on an abort, and the clean-up does not wait for its Retry-After', async () => {
    const fault = server.adls.on('AppendFile', 'always', { ...BUSY, headers: { 'retry-after': '20' } });
    const controller = new AbortController();
    const opened = sink({ signal: controller.signal });
    const done = connectorRejection(pipeline(chunked(BYTES), opened));
    await server.adls.waitFor('AppendFile', 8, 'ended');
    controller.abort(new Error('enough'));
    assert.equal((await done).code, 'ABORTED');
    assert.ok(fault.fired >= 8);
    assert.equal((await opened.settled).cleanup, 'confirmed');
    assertNothingLeft(server.adls);
    assert.equal(listenersOn(controller.signal), 0);
  });

  it('is given up after the time that a part may take in all, with nothing left', async () => {
    const fault = server.adls.on('AppendFile', 'always', BUSY);
    const opened = sink({ retry: { ...QUICK, elapsed: '300ms' } });
    const error = await connectorRejection(pipeline(chunked(BYTES), opened));
    assert.ok(fault.fired >= 8);
    assert.equal(error.status, 503);
    assert.deepEqual(summary(await opened.settled), {
      ...{ outcome: 'not-done', cleanup: 'confirmed' },
      ...{ code: 'THROTTLED', stage: 'transfer', retryable: true },
    });
    assertNothingLeft(server.adls);
  });

  it('may refuse the rename for a while', async () => {
    let left = 10;
    const fault = server.adls.on('RenamePath', () => left-- > 0, BUSY);
    const opened = sink();
    await pipeline(chunked(BYTES), opened);
    assert.deepEqual([fault.fired, (await opened.settled).outcome], [10, 'done']);
    assertSameBytes(stored(server.adls), BYTES);
  });

  it('knows that nothing was done when it refused the rename for as long as that is waited for', async () => {
    const fault = server.adls.on('RenamePath', 'always', BUSY);
    const opened = sink({ commitTimeout: 500, retry: { minDelay: 20, maxDelay: 100 } });
    const error = await connectorRejection(pipeline(chunked(BYTES), opened));
    assert.ok(fault.fired >= 3);
    assert.deepEqual({ code: error.code, outcome: error.outcome }, { code: 'THROTTLED', outcome: 'not-done' });
    assert.equal((await opened.settled).cleanup, 'confirmed');
    assertNothingLeft(server.adls);
  });
});
