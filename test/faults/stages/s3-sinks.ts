/** The S3 sinks at every point. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import type { S3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import { s3Sink } from '../../../src/connectors/s3/sink.ts';
import { BUCKET, assertSameBytes, requests } from '../../connectors/s3/support.ts';
import { BYTES, LIMITS, PART } from '../../connectors/s3/writing.ts';
import { chunked } from '../../support/bytes.ts';
import type { Arrangement, Scene, StreamPoints } from './points.ts';
import { hold, s3Servers, stallConnect, throttle } from './s3-scene.ts';
import type { S3Servers } from './s3-scene.ts';
import { endless, interrupted } from './neighbours.ts';
import { BOOM } from './strike.ts';
import type { Strike } from './strike.ts';

interface SinkScene extends Scene, S3Servers {
  /** What the object will be. */
  whole: Buffer;
}

const COMMON: Omit<StreamPoints<SinkScene>['points'], 'committed'> = {
  unused: { stage: 'configure', arrange: (_scene, strike) => ({ first: () => strike.dealt() }) },
  pool: { absent: 'S3 has no pool: requests open the sockets they need' },
  connecting: { stage: 'open', arrange: stallConnect },
  authenticating: { absent: 'every request of S3 is signed by itself: there is no exchange of its own' },
  request: {
    stage: 'open',
    arrange: (scene, strike) => hold(scene, strike, { operation: 'CreateMultipartUpload', stage: 'open' }),
  },
  lock: { absent: 'S3 has no locks' },
  answer: {
    stage: 'transfer',
    arrange: ({ s3 }, strike) => {
      s3.on('UploadPart', 'always', { hold: strike.over });
      strike.stages.at('transfer', () => void strike.here());
      return { fired: () => requests(s3, 'CreateMultipartUpload')[0]?.status === 200 };
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
      // Within the body of the first part: the request before it is not as long.
      proxy.plan(() => ({ up: [{ when: { afterBytes: 10_000 }, do: { call: () => strike.here() } }] }));
      return { options: { concurrency: 1 }, fired: () => proxy.log.some(({ event }) => event === 'rule') };
    },
  },
  backpressure: {
    stage: 'transfer',
    arrange: ({ s3 }, strike) => {
      const fault = s3.on('UploadPart', 'always', { hold: strike.over });
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
  backOff: { stage: 'backoff', arrange: (scene, strike) => throttle(scene, strike, 'UploadPart') },
  part: { stage: 'transfer', arrange: (scene, strike) => hold(scene, strike, { operation: 'UploadPart', nth: 2 }) },
  flushed: {
    stage: 'transfer',
    // The last part is sent when the input has ended.
    arrange: (scene, strike) =>
      hold(scene, strike, { operation: 'UploadPart', nth: ({ partNumber }) => partNumber === 5 }),
  },
  lastMoment: {
    stage: 'commit',
    noDeadline: 'nothing is waited for between that moment and the request',
    arrange: ({ s3 }, strike) => {
      strike.stages.at('commit', () => void strike.here());
      return { fired: () => requests(s3, 'CompleteMultipartUpload').length === 0 };
    },
  },
  cleanUp: {
    stage: 'transfer',
    unaffected: 'first failure',
    arrange: (scene, strike) => {
      const { s3 } = scene;
      const fault = s3.on('AbortMultipartUpload', 1, { hold: strike.over });
      void fault.firstFired.then(() => strike.here());
      const fail = async (): Promise<never> => {
        // Of an upload that ran out of time before it there is none.
        await Promise.race([s3.waitFor('UploadPart', 2, 'ended'), strike.over]);
        throw BOOM;
      };
      return { input: () => interrupted(BYTES.subarray(0, 3 * PART), fail), fired: () => fault.fired === 1 };
    },
  },
};

const objectSink: StreamPoints<SinkScene> = {
  name: 's3ObjectSink',
  scene: () => sinkScene((options) => s3ObjectSink({ bucket: BUCKET, key: 'out', ...options })),
  points: {
    ...COMMON,
    committed: {
      stage: 'commit',
      unaffected: 'done',
      arrange: (scene, strike) => hold(scene, strike, { operation: 'CompleteMultipartUpload' }),
    },
  },
};

const urlSink: StreamPoints<SinkScene> = {
  name: 's3Sink',
  scene: () => sinkScene((options) => s3Sink(`s3://${BUCKET}/out`, options)),
  points: {
    ...COMMON,
    committed: {
      stage: 'commit',
      unaffected: 'done',
      arrange: (scene, strike) => {
        scene.whole = BYTES.subarray(0, 1_000);
        return hold(scene, strike, { operation: 'PutObject', stage: 'open' });
      },
    },
  },
};

export const s3Sinks: readonly StreamPoints<SinkScene>[] = [objectSink, urlSink];

async function sinkScene(open: (options: object) => S3ObjectSink): Promise<SinkScene> {
  const servers = await s3Servers();
  const { s3 } = servers;
  const scene: SinkScene = {
    ...servers,
    whole: BYTES,
    async play({ options, input, first }: Arrangement, strike: Strike) {
      const sink = open({ ...servers.options, limits: LIMITS, ...strike.options, ...options });
      const { settled } = sink;
      strike.follow(sink);
      await first?.();
      const bytes = input?.(sink) ?? chunked(scene.whole, 5_000);
      return { settled, pipeline: pipeline(bytes, sink, strike.pipelineOptions) };
    },
    async assertDestination(outcome) {
      const object = s3.getObject(BUCKET, 'out');
      if (outcome === 'done') assertSameBytes(object ?? Buffer.alloc(0), scene.whole);
      else assert.equal(object, undefined);
      return Promise.resolve();
    },
  };
  return scene;
}
