/** The S3 sources at every point. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import type { Source } from '../../../src/core/source.ts';
import { BUCKET, assertSameBytes, requests } from '../../connectors/s3/support.ts';
import { BYTES, PART } from '../../connectors/s3/writing.ts';
import type { Arrangement, Scene, StreamPoints } from './points.ts';
import { hold, s3Servers, stallConnect, throttle } from './s3-scene.ts';
import type { S3Servers } from './s3-scene.ts';
import { consumer, fail } from './neighbours.ts';
import type { Strike } from './strike.ts';

interface SourceScene extends Scene, S3Servers {
  readonly received: Buffer[];
}

const COMMON: Omit<StreamPoints<SourceScene>['points'], 'request' | 'cleanUp'> = {
  unused: { stage: 'configure', arrange: (_scene, strike) => ({ first: () => strike.dealt() }) },
  pool: { absent: 'S3 has no pool: requests open the sockets they need' },
  connecting: { stage: 'open', arrange: stallConnect },
  authenticating: { absent: 'every request of S3 is signed by itself: there is no exchange of its own' },
  lock: { absent: 'S3 has no locks' },
  answer: {
    stage: 'transfer',
    arrange: ({ s3 }, strike) => {
      const fault = s3.on('GetObject', 'always', { stall: { afterBytes: 0 } });
      strike.stages.at('transfer', () => void strike.here());
      return { fired: () => fault.fired > 0 };
    },
  },
  firstByte: {
    stage: 'transfer',
    arrange: ({ received }, strike) => ({
      output: () => consumer(received, () => strike.here()),
      fired: () => received.length > 0,
    }),
  },
  midBody: {
    stage: 'transfer',
    arrange: ({ s3 }, strike) => {
      const fault = s3.on('GetObject', 2, { stall: { afterBytes: 100 } });
      void Promise.all([fault.firstFired, strike.stages.entered('transfer')]).then(() => strike.here());
      return { fired: () => fault.fired > 0 };
    },
  },
  backpressure: {
    stage: 'transfer',
    arrange: ({ s3, received }, strike) => {
      // The window is full, and nobody takes what is in it.
      void s3.waitFor('GetObject', 2, 'ended').then(() => strike.when(() => received.length > 0));
      return {
        options: { concurrency: 1, maxBufferedBytes: 2 * PART },
        output: () => consumer(received, () => new Promise(() => undefined)),
        // The object has five parts: the others are not even asked for.
        fired: () => requests(s3, 'GetObject').length <= 3,
      };
    },
  },
  backOff: { stage: 'backoff', arrange: (scene, strike) => throttle(scene, strike, 'GetObject') },
  part: { stage: 'transfer', arrange: (scene, strike) => hold(scene, strike, { operation: 'GetObject', nth: 3 }) },
  flushed: {
    stage: 'transfer',
    arrange: ({ s3, received }, strike) => {
      // Every byte is there; whether they are the right ones is not known yet, and none goes out.
      const fault = s3.on('HeadObject', 1, { hold: strike.over });
      const sent = (): number => requests(s3, 'GetObject').reduce((sum, { bytesOut }) => sum + bytesOut, 0);
      void fault.firstFired.then(() => strike.when(() => sent() >= BYTES.length));
      const options = { concurrency: 8, maxBufferedBytes: 2 * BYTES.length };
      return { options, fired: () => fault.fired > 0 && received.length === 0 };
    },
  },
  lastMoment: { absent: 'a source commits nothing' },
  committed: { absent: 'a source commits nothing' },
};

const objectSource: StreamPoints<SourceScene> = {
  name: 's3ObjectSource',
  scene: () => sourceScene((options) => s3ObjectSource({ bucket: BUCKET, key: 'in/a', ...options })),
  points: {
    ...COMMON,
    request: {
      stage: 'open',
      arrange: (scene, strike) => hold(scene, strike, { operation: 'GetObject', stage: 'open' }),
    },
    cleanUp: {
      stage: 'transfer',
      unaffected: 'first failure',
      noDeadline: 'it cuts its requests and waits for nobody',
      arrange: ({ received }, strike) => {
        strike.stages.at('cleanup', () => void strike.here());
        return { output: () => consumer(received, fail) };
      },
    },
  },
};

const urlSource: StreamPoints<SourceScene> = {
  name: 's3Source',
  scene: () => sourceScene((options) => s3Source(`s3://${BUCKET}/in/`, { join: 'raw', ...options })),
  points: {
    ...COMMON,
    request: {
      stage: 'open',
      arrange: (scene, strike) => hold(scene, strike, { operation: 'ListObjectsV2', stage: 'open' }),
    },
    cleanUp: {
      stage: 'transfer',
      unaffected: 'first failure',
      // Transforms of the user's are waited for until they have closed.
      arrange: ({ received }, strike): Arrangement => ({
        options: { each: () => closing(() => strike.here()) },
        output: () => consumer(received, fail),
      }),
    },
  },
};

export const s3Sources: readonly StreamPoints<SourceScene>[] = [objectSource, urlSource];

async function sourceScene(open: (options: object) => Source<unknown>): Promise<SourceScene> {
  const servers = await s3Servers();
  servers.s3.putObject(BUCKET, 'in/a', BYTES);
  servers.s3.putObject(BUCKET, 'in/b', BYTES.subarray(0, 100));
  const received: Buffer[] = [];
  return {
    ...servers,
    received,
    async play({ options, output, first }: Arrangement, strike: Strike) {
      const source = open({ ...servers.options, ...strike.options, ...options });
      const { settled } = source;
      strike.follow(source);
      await first?.();
      const end = output?.() ?? consumer(received, () => Promise.resolve());
      return { settled, pipeline: pipeline(source, end, strike.pipelineOptions) };
    },
    async assertDestination(outcome) {
      assert.equal(outcome, 'not-done');
      const bytes = Buffer.concat(received);
      assertSameBytes(bytes, Buffer.concat([BYTES, BYTES.subarray(0, 100)]).subarray(0, bytes.length));
      return Promise.resolve();
    },
  };
}

/** A transform that takes its time to close. */
function closing(closed: () => Promise<void>): PassThrough {
  return new PassThrough({ destroy: (error, callback) => void closed().then(() => callback(error)) });
}
