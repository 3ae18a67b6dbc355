/** The ADLS sources at every point. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { adlsFileSource, adlsSource } from '../../../src/connectors/adls2/index.ts';
import type { Source } from '../../../src/core/source.ts';
import { BYTES, CONTAINER, PART, requests } from '../../connectors/adls2/writing.ts';
import { assertSameBytes } from '../../connectors/s3/support.ts';
import { adlsServers, holdAdls, stallAdlsConnect, throttleAdls } from './adls-scene.ts';
import type { AdlsServers } from './adls-scene.ts';
import type { Arrangement, Scene, StreamPoints } from './points.ts';
import { consumer, fail } from './neighbours.ts';
import type { Strike } from './strike.ts';

interface SourceScene extends Scene, AdlsServers {
  readonly received: Buffer[];
}

const COMMON: Omit<StreamPoints<SourceScene>['points'], 'request' | 'cleanUp'> = {
  unused: { stage: 'configure', arrange: (_scene, strike) => ({ first: () => strike.dealt() }) },
  pool: { absent: 'ADLS has no pool: requests open the sockets they need' },
  connecting: { stage: 'open', arrange: stallAdlsConnect },
  authenticating: { absent: 'every request of ADLS is signed by itself: there is no exchange of its own' },
  lock: { absent: 'a lease keeps no reader out' },
  answer: {
    stage: 'transfer',
    arrange: ({ adls }, strike) => {
      const fault = adls.on('GetBlob', 'always', { stall: { afterBytes: 0 } });
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
    arrange: ({ adls }, strike) => {
      const fault = adls.on('GetBlob', 2, { stall: { afterBytes: 100 } });
      void Promise.all([fault.firstFired, strike.stages.entered('transfer')]).then(() => strike.here());
      return { fired: () => fault.fired > 0 };
    },
  },
  backpressure: {
    stage: 'transfer',
    arrange: ({ adls, received }, strike) => {
      // The window is full, and nobody takes what is in it.
      void adls.waitFor('GetBlob', 2, 'ended').then(() => strike.when(() => received.length > 0));
      return {
        options: { concurrency: 1, maxBufferedBytes: 2 * PART },
        output: () => consumer(received, () => new Promise(() => undefined)),
        // The object has five parts: the others are not even asked for.
        fired: () => requests(adls, 'GetBlob').length <= 3,
      };
    },
  },
  backOff: { stage: 'backoff', arrange: (scene, strike) => throttleAdls(scene, strike, 'GetBlob') },
  part: { stage: 'transfer', arrange: (scene, strike) => holdAdls(scene, strike, { operation: 'GetBlob', nth: 3 }) },
  flushed: { absent: 'the MD5 comes with the first answer: nothing is asked for once the bytes are there' },
  lastMoment: { absent: 'a source commits nothing' },
  committed: { absent: 'a source commits nothing' },
};

const fileSource: StreamPoints<SourceScene> = {
  name: 'adlsFileSource',
  scene: () => sourceScene((options) => adlsFileSource({ container: CONTAINER, path: 'in/a', ...options })),
  points: {
    ...COMMON,
    request: {
      stage: 'open',
      arrange: (scene, strike) => holdAdls(scene, strike, { operation: 'GetBlob', stage: 'open' }),
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
  name: 'adlsSource',
  scene: () => sourceScene((options) => adlsSource(`adls://${CONTAINER}/in/`, { join: 'raw', ...options })),
  points: {
    ...COMMON,
    request: {
      stage: 'open',
      arrange: (scene, strike) => holdAdls(scene, strike, { operation: 'ListPaths', stage: 'open' }),
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

export const adlsSources: readonly StreamPoints<SourceScene>[] = [fileSource, urlSource];

async function sourceScene(open: (options: object) => Source<unknown>): Promise<SourceScene> {
  const servers = await adlsServers();
  servers.adls.putFile(CONTAINER, 'in/a', BYTES);
  servers.adls.putFile(CONTAINER, 'in/b', BYTES.subarray(0, 100));
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
