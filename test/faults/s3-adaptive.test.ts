/** A store that takes so many requests per second, in both retry modes: on the wire, by a clock that the test moves. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import sinon from 'sinon';
import { assertSameBytes, KIB, patterned, requests, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { LIMITS, chunked, openSink, stored } from '../connectors/s3/writing.ts';
import type { OperationEntry } from '../../src/testing/s3-server/index.ts';

const PART = 2 * KIB;
const PARTS = 300;
const BYTES = patterned(PARTS * PART);
const PER_SECOND = 20;
const SLOW_DOWN = { status: 503, code: 'SlowDown' } as const;
const STEP_MS = 25;

describe('a store that takes so many requests per second', () => {
  const server = useS3Server({ limits: { ...LIMITS, maxParts: 10_000 } });
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => {
    clock = sinon.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'performance'],
      shouldClearNativeTimers: true,
    });
  });
  afterEach(() => clock.restore());

  /** Moves the clock whenever nothing is under way, until `work` is over. */
  const drive = async (work: Promise<void>): Promise<void> => {
    const state = { isOver: false };
    const watched = work.finally(() => (state.isOver = true));
    let idle = 0;
    while (!state.isOver) {
      await turn();
      idle = server.s3.operations.some(({ endedAt }) => endedAt === undefined) ? 0 : idle + 1;
      // So many turns that what was just let in has arrived.
      if (idle < 20) continue;
      idle = 0;
      clock.tick(STEP_MS);
    }
    await watched;
  };

  const upload = async (options: Parameters<typeof openSink>[1]) => {
    const taken: number[] = [];
    const fault = server.s3.on(
      'UploadPart',
      () => {
        const now = performance.now();
        if (taken.filter((at) => at > now - 1_000).length >= PER_SECOND) return true;
        taken.push(now);
        return false;
      },
      SLOW_DOWN,
    );
    const wide = { partSize: PART, concurrency: 4, limits: { ...LIMITS, maxParts: 10_000 }, retry: { elapsed: '1h' } };
    await drive(pipeline(chunked(BYTES, PART), openSink(server.s3, { ...wide, ...options })));
    assertSameBytes(stored(server.s3), BYTES);
    assert.equal(taken.length, PARTS);
    return { refused: fault.fired, sent: requests(server.s3, 'UploadPart') };
  };
  const modeOf = (mode: 'standard' | 'adaptive') => ({ ...settingsFor(server.s3), retries: { mode } });

  /** Requests in each second of the test's clock. */
  const rates = (sent: readonly OperationEntry[]): number[] => {
    const from = sent[0]?.startedAt ?? 0;
    const seconds = sent.map(({ startedAt }) => Math.floor((startedAt - from) / 1_000));
    return Array.from(
      { length: (seconds.at(-1) ?? 0) + 1 },
      (_, second) => seconds.filter((at) => at === second).length,
    );
  };

  it('refuses in every second in the standard mode, which knows of requests at once alone', async function () {
    this.timeout(60_000);
    const { refused, sent } = await upload({ config: modeOf('standard') });
    assert.ok(refused > 40, `${refused} refusals`);
    assert.equal(sent.length, PARTS + refused);
  });

  it('is sent fewer in the adaptive mode, then more again up to what it takes, and refuses seldom', async function () {
    this.timeout(60_000);
    const { refused, sent } = await upload({ config: modeOf('adaptive') });
    assert.ok(refused >= 1 && refused < 25, `${refused} refusals`);
    assert.equal(sent.length, PARTS + refused);
    const [first = 0, ...later] = rates(sent);
    const slowest = Math.min(...later.slice(0, 5));
    assert.ok(slowest <= first / 2, `${first}, then ${later.join()}`);
    assert.ok(Math.max(...later.slice(later.indexOf(slowest))) >= 0.7 * PER_SECOND, `${first}, then ${later.join()}`);
  });

  it('is sent fewer by a client that was handed in, when the call asks for it', async function () {
    this.timeout(60_000);
    const { endpoint, region, accessKeyId, secretAccessKey } = server.s3;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
    const { refused } = await upload({ client, config: { retries: { mode: 'adaptive' } } });
    client.destroy();
    assert.ok(refused >= 1 && refused < 25, `${refused} refusals`);
  });
});
