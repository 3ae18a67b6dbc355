/** The ADLS sinks at every point. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { adlsFileSink, adlsSink } from '../../../src/connectors/adls2/index.ts';
import type { AdlsFileSink } from '../../../src/connectors/adls2/index.ts';
import { BYTES, CONTAINER, PART, requests } from '../../connectors/adls2/writing.ts';
import { assertSameBytes } from '../../connectors/s3/support.ts';
import { chunked } from '../../support/bytes.ts';
import { adlsServers, holdAdls, stallAdlsConnect, throttleAdls } from './adls-scene.ts';
import type { AdlsServers } from './adls-scene.ts';
import { endless, interrupted } from './neighbours.ts';
import type { Arrangement, Scene, StreamPoints } from './points.ts';
import { BOOM } from './strike.ts';
import type { Strike } from './strike.ts';

interface SinkScene extends Scene, AdlsServers {}

const OLDER = Buffer.from('older');

const POINTS: StreamPoints<SinkScene>['points'] = {
  unused: { stage: 'configure', arrange: (_scene, strike) => ({ first: () => strike.dealt() }) },
  pool: { absent: 'ADLS has no pool: requests open the sockets they need' },
  connecting: { stage: 'open', arrange: stallAdlsConnect },
  authenticating: { absent: 'every request of ADLS is signed by itself: there is no exchange of its own' },
  request: {
    stage: 'open',
    arrange: (scene, strike) => holdAdls(scene, strike, { operation: 'CreatePathFile', stage: 'open' }),
  },
  lock: { absent: 'the lease of another is a refusal, and is not waited for' },
  answer: {
    stage: 'transfer',
    arrange: ({ adls }, strike) => {
      adls.on('AppendFile', 'always', { hold: strike.over });
      strike.stages.at('transfer', () => void strike.here());
      return { fired: () => requests(adls, 'CreatePathFile')[0]?.status === 201 };
    },
  },
  firstByte: {
    stage: 'open',
    arrange: (_scene, strike) => ({
      input: (sink) => {
        void strike.when(() => sink.progress.bytes > 0);
        return interrupted(BYTES.subarray(0, 100), () => strike.over);
      },
    }),
  },
  midBody: {
    stage: 'transfer',
    arrange: ({ proxy }, strike) => {
      // Within the body of the first append: the requests before it are not as long.
      proxy.plan(() => ({ up: [{ when: { afterBytes: 10_000 }, do: { call: () => strike.here() } }] }));
      return { options: { concurrency: 1 }, fired: () => proxy.log.some(({ event }) => event === 'rule') };
    },
  },
  backpressure: {
    stage: 'transfer',
    arrange: ({ adls }, strike) => {
      const fault = adls.on('AppendFile', 'always', { hold: strike.over });
      return {
        options: { concurrency: 1, maxBufferedBytes: 2 * PART },
        input: (sink) => {
          void fault.firstFired.then(() => strike.when(() => sink.writableNeedDrain));
          return endless(BYTES);
        },
        fired: () => fault.fired > 0,
      };
    },
  },
  backOff: { stage: 'backoff', arrange: (scene, strike) => throttleAdls(scene, strike, 'AppendFile') },
  part: { stage: 'transfer', arrange: (scene, strike) => holdAdls(scene, strike, { operation: 'AppendFile', nth: 2 }) },
  flushed: {
    stage: 'transfer',
    arrange: (scene, strike) => holdAdls(scene, strike, { operation: 'FlushFile' }),
  },
  lastMoment: {
    stage: 'commit',
    noDeadline: 'nothing is waited for between that moment and the request',
    arrange: ({ adls }, strike) => {
      strike.stages.at('commit', () => void strike.here());
      return { fired: () => requests(adls, 'RenamePath').length === 0 };
    },
  },
  committed: {
    stage: 'commit',
    unaffected: 'done',
    arrange: (scene, strike) => holdAdls(scene, strike, { operation: 'RenamePath' }),
  },
  cleanUp: {
    stage: 'transfer',
    unaffected: 'first failure',
    arrange: ({ adls }, strike) => {
      const fault = adls.on('DeletePath', 1, { hold: strike.over });
      void fault.firstFired.then(() => strike.here());
      const fail = async (): Promise<never> => {
        // Of an upload that ran out of time before it there is none.
        await Promise.race([adls.waitFor('AppendFile', 2, 'ended'), strike.over]);
        throw BOOM;
      };
      return { input: () => interrupted(BYTES.subarray(0, 3 * PART), fail), fired: () => fault.fired === 1 };
    },
  },
};

export const adlsSinks: readonly StreamPoints<SinkScene>[] = [
  {
    name: 'adlsFileSink',
    scene: () => sinkScene((options) => adlsFileSink({ container: CONTAINER, path: 'out', ...options })),
    points: POINTS,
  },
  {
    name: 'adlsSink',
    scene: () => sinkScene((options) => adlsSink(`adls://${CONTAINER}/out`, options)),
    points: POINTS,
  },
];

async function sinkScene(open: (options: object) => AdlsFileSink): Promise<SinkScene> {
  const servers = await adlsServers();
  const { adls } = servers;
  adls.putFile(CONTAINER, 'out', OLDER);
  return {
    ...servers,
    async play({ options, input, first }: Arrangement, strike: Strike) {
      const sink = open({ ...servers.options, ...strike.options, ...options });
      const { settled } = sink;
      strike.follow(sink);
      await first?.();
      const bytes = input?.(sink) ?? chunked(BYTES, 5_000);
      return { settled, pipeline: pipeline(bytes, sink, strike.pipelineOptions) };
    },
    async assertDestination(outcome) {
      const file = adls.getFile(CONTAINER, 'out');
      assert.ok(file !== undefined);
      assertSameBytes(file, outcome === 'done' ? BYTES : OLDER);
      return Promise.resolve();
    },
  };
}
