import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { s3Source } from '../../src/connectors/s3/source.ts';
import { openSource } from '../connectors/s3/reading.ts';
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
import { widest } from '../support/overlap.ts';
import { nextRetry } from '../support/retries.ts';
import { LIMITS, assertNothingLeft, chunked, openSink, stored } from '../connectors/s3/writing.ts';
import type { FaultAction, OperationEntry } from '../../src/testing/s3-server/index.ts';

const PARTS = 96;
const PART = 8 * KIB;
const BYTES = patterned(PARTS * PART);
const SLOW_DOWN: FaultAction = { status: 503, code: 'SlowDown' };

const refusals = (entries: readonly OperationEntry[]) => entries.filter(({ status }) => status === 503);

describe('a store that asks for fewer requests', () => {
  const server = useS3Server({ limits: LIMITS });
  const wide = { partSize: PART, concurrency: 8, maxBufferedBytes: 9 * PART };
  // So many parts may be, that those here do not grow.
  const limits = { ...LIMITS, maxParts: 10_000 };
  const sink = (options: Parameters<typeof openSink>[1] = {}) => openSink(server.s3, { ...wide, limits, ...options });
  const source = (options: Parameters<typeof openSource>[1] = {}) => {
    server.s3.putObject(BUCKET, 'large', BYTES);
    return openSource(server.s3, { key: 'large', ...wide, ...options });
  };
  /** Refuses from the first request on for so long. */
  const refuseFor = (operation: 'UploadPart' | 'GetObject' | 'PutObject', ms: number, action = SLOW_DOWN) => {
    let until = 0;
    const selects = () => performance.now() < (until ||= performance.now() + ms);
    // What is served takes a while, so that parallel requests show.
    server.s3.on(operation, 'always', { delayMs: 15 });
    return server.s3.on(operation, selects, action);
  };

  describe('for two seconds', () => {
    for (const { title, operation, transfer } of [
      {
        title: 'an upload of eight parts at a time',
        operation: 'UploadPart',
        transfer: async () => {
          const opened = sink({ retry: {} });
          await pipeline(chunked(BYTES, 64 * 1024), opened);
          assert.equal((await opened.settled).outcome, 'done');
          assertSameBytes(stored(server.s3), BYTES);
        },
      },
      {
        title: 'a download of eight parts at a time',
        operation: 'GetObject',
        transfer: async () => assertSameBytes(await readAll(source({ retry: {}, verify: false })), BYTES),
      },
    ] as const) {
      it(`slows all of ${title} down, and then speeds it up again`, async () => {
        const fault = refuseFor(operation, 2_000);
        const startedAt = performance.now();
        await transfer();
        const took = performance.now() - startedAt;
        const sent = requests(server.s3, operation);
        assert.equal(refusals(sent).length, fault.fired);
        // Eight, four, two, one, and one after each longer pause. On its own, each part would ask four times.
        assert.ok(fault.fired >= 4 && fault.fired <= 20, `${fault.fired} refusals`);
        assert.equal(sent.length, PARTS + fault.fired);
        assert.ok(took >= 2_000 && took < 10_000, `took ${took} ms`);
        const served = sent.filter(({ status }) => status !== 503);
        assert.equal(widest(served.slice(0, 2)), 1, 'it came back with a crowd');
        assert.equal(widest(served), 8, 'it did not recover');
        assert.deepEqual(server.s3.uploads(), []);
      });
    }
  });

  it('is asked thirty times in vain, and the tries of no part are used up', async () => {
    let left = 30;
    const fault = server.s3.on('UploadPart', () => left-- > 0, SLOW_DOWN);
    const opened = sink({ retry: { ...QUICK, attempts: 2 } });
    await pipeline(chunked(BYTES, 64 * 1024), opened);
    assert.equal(fault.fired, 30);
    assert.equal(requests(server.s3, 'UploadPart').length, PARTS + 30);
    assertSameBytes(stored(server.s3), BYTES);
  });

  it('has its Retry-After heeded by every part, not only by those that it refused', async () => {
    let left = 8;
    const headers = { 'retry-after': '1' };
    const fault = server.s3.on('UploadPart', () => left-- > 0, { ...SLOW_DOWN, headers });
    await pipeline(chunked(BYTES, 64 * 1024), sink());
    assert.equal(fault.fired, 8);
    const sent = requests(server.s3, 'UploadPart');
    const refusedAt = sent[0]?.endedAt ?? Number.NaN;
    // What was on its way when the first refusal came back.
    const onTheWay = sent.filter(({ startedAt }) => startedAt < refusedAt + 950);
    assert.ok(onTheWay.length <= 8, `${onTheWay.length} requests`);
    assert.ok(onTheWay.every(({ startedAt }) => startedAt < refusedAt + 200));
  });

  it('slows many small objects down together', async () => {
    const fault = refuseFor('PutObject', 1_000);
    const data = patterned(100);
    const opened = Array.from({ length: 32 }, (_, n) => openSink(server.s3, { key: `small/${n}`, retry: {} }));
    await Promise.all(opened.map((one) => pipeline(Readable.from([data]), one)));
    assert.ok(fault.fired >= 32 && fault.fired <= 32 + 16 + 8 + 4 + 4, `${fault.fired} refusals`);
    assert.equal(server.s3.objects(BUCKET).length, 32);
  });

  it('slows the objects of one source down together', async () => {
    for (let n = 10; n < 50; n += 1) server.s3.putObject(BUCKET, `d/${n}`, patterned(100));
    const fault = refuseFor('GetObject', 1_000);
    const config = settingsFor(server.s3);
    const joined = await readAll(s3Source(`s3://${BUCKET}/d/`, { config, join: 'raw', concurrency: 8, retry: {} }));
    assert.equal(joined.length, 40 * 100);
    assert.ok(fault.fired >= 4 && fault.fired <= 8 + 4 + 2 + 4, `${fault.fired} refusals`);
  });

  it('slows the streams of one client down together, and no other client', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = server.s3;
    const settings = { endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true };
    const connect = () => new S3Client({ ...settings, maxAttempts: 1 });
    const [slowed, other] = [connect(), connect()];
    for (const key of ['first', 'second', 'third']) server.s3.putObject(BUCKET, key, patterned(100));
    const read = (key: string, client: S3Client) => readAll(openSource(server.s3, { key, client, verify: false }));
    const fault = server.s3.on('GetObject', 1, { ...SLOW_DOWN, headers: { 'retry-after': '2' } });
    const told = nextRetry();
    const first = read('first', slowed);
    await told;
    const { endedAt: refusedAt = NaN } = await server.s3.waitFor('GetObject', 1, 'ended');
    await Promise.all([first, read('second', slowed), read('third', other)]);
    assert.equal(fault.fired, 1);
    const after = (asked: string): number =>
      Math.max(
        ...requests(server.s3, 'GetObject').flatMap(({ key, startedAt }) => (key === asked ? [startedAt] : [])),
      ) - refusedAt;
    assert.ok(after('second') >= 1_900, `the same client waited ${after('second')} ms`);
    assert.ok(after('third') < after('first'), `another client waited ${after('third')} ms`);
    slowed.destroy();
    other.destroy();
  });

  it('is left at once on an abort, and the clean-up does not wait for its Retry-After', async () => {
    const fault = server.s3.on('UploadPart', 'always', { ...SLOW_DOWN, headers: { 'retry-after': '20' } });
    const controller = new AbortController();
    const opened = sink({ signal: controller.signal });
    const done = connectorRejection(pipeline(chunked(BYTES, 64 * 1024), opened));
    await server.s3.waitFor('UploadPart', 8, 'ended');
    const abortedAt = performance.now();
    controller.abort(new Error('enough'));
    assert.equal((await done).code, 'ABORTED');
    assert.ok(performance.now() - abortedAt < 1_000);
    assert.ok(fault.fired >= 8);
    assert.equal((await opened.settled).cleanup, 'confirmed');
    assertNothingLeft(server.s3);
    assert.equal(listenersOn(controller.signal), 0);
  });

  it('is given up after the time that a part may take in all, with nothing left', async () => {
    const fault = server.s3.on('UploadPart', 'always', SLOW_DOWN);
    const opened = sink({ retry: { elapsed: '1s' } });
    const startedAt = performance.now();
    const error = await connectorRejection(pipeline(chunked(BYTES, 64 * 1024), opened));
    const took = performance.now() - startedAt;
    assert.equal(error.status, 503);
    assert.ok(took >= 400 && took < 5_000, `took ${took} ms`);
    assert.ok(fault.fired >= 8 && fault.fired <= 20, `${fault.fired} refusals`);
    assert.deepEqual(summary(await opened.settled), {
      ...{ outcome: 'not-done', cleanup: 'confirmed' },
      ...{ code: 'THROTTLED', stage: 'transfer', retryable: true },
    });
    assertNothingLeft(server.s3);
  });

  it('may refuse the commit for a while', async () => {
    let left = 10;
    const fault = server.s3.on('CompleteMultipartUpload', () => left-- > 0, SLOW_DOWN);
    const opened = sink();
    await pipeline(chunked(BYTES, 64 * 1024), opened);
    assert.equal(fault.fired, 10);
    assert.equal((await opened.settled).outcome, 'done');
    assertSameBytes(stored(server.s3), BYTES);
  });

  it('knows that nothing was done when it refused the commit for as long as that is waited for', async () => {
    const fault = server.s3.on('CompleteMultipartUpload', 'always', SLOW_DOWN);
    const opened = sink({ commitTimeout: 500, retry: { minDelay: 20, maxDelay: 100 } });
    const error = await connectorRejection(pipeline(chunked(BYTES, 64 * 1024), opened));
    assert.ok(fault.fired >= 3);
    assert.deepEqual({ code: error.code, outcome: error.outcome }, { code: 'THROTTLED', outcome: 'not-done' });
    assert.equal((await opened.settled).cleanup, 'confirmed');
    assertNothingLeft(server.s3);
  });
});
