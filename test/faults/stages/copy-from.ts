/** pgCopyFrom at every point. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom } from '../../../src/connectors/postgres/index.ts';
import { chunked, csvRows } from '../../support/bytes.ts';
import type { PostgresContext } from '../../support/postgres.ts';
import { endless, interrupted } from './neighbours.ts';
import type { Arrangement, Scene, StreamPoints } from './points.ts';
import { COMMON, holdWire, postgresServers } from './postgres-scene.ts';
import type { PostgresServers } from './postgres-scene.ts';
import { BOOM } from './strike.ts';
import type { Strike } from './strike.ts';

type CopyFromScene = Scene & PostgresServers;

const ROWS = 20_000;
const BYTES = csvRows(ROWS);

export function copyFrom(context: () => PostgresContext): StreamPoints<CopyFromScene> {
  return {
    name: 'pgCopyFrom',
    scene: async (profile) => {
      const servers = await postgresServers(context(), profile);
      return { ...servers, ...played(servers) };
    },
    points: {
      ...COMMON,
      answer: {
        stage: 'transfer',
        // CopyInResponse for two columns.
        arrange: (scene, strike) => holdWire(scene, strike, 'down', { pattern: 'G\0\0\0\x0b' }),
      },
      firstByte: {
        stage: 'transfer',
        arrange: (_scene, strike) => ({
          input: (sink) => {
            void strike.when(() => sink.progress.bytes > 0);
            return interrupted(csvRows(1), () => strike.over);
          },
        }),
      },
      midBody: {
        stage: 'transfer',
        arrange: (scene, strike) => holdWire(scene, strike, 'up', { afterBytes: BYTES.length / 2 }),
      },
      backpressure: {
        stage: 'transfer',
        arrange: (scene, strike) => {
          let held = false;
          const trap = holdWire(scene, strike, 'up', { afterBytes: 50_000 }, () => {
            held = true;
            return strike.over;
          });
          return {
            ...trap,
            input: (sink) => {
              void strike.when(() => held && sink.writableNeedDrain);
              return endless(BYTES);
            },
          };
        },
      },
      flushed: {
        stage: 'transfer',
        // The server's word that it has every row, before the client hears it.
        arrange: (scene, strike) => holdWire(scene, strike, 'down', { pattern: 'COPY ', before: true }),
      },
      lastMoment: {
        stage: 'commit',
        noDeadline: 'nothing is waited for between that moment and the request',
        arrange: (_scene, strike) => {
          strike.stages.at('commit', () => void strike.here());
          return {};
        },
      },
      committed: {
        stage: 'commit',
        unaffected: 'done',
        arrange: (scene, strike) => holdWire(scene, strike, 'down', { pattern: 'COMMIT\0', before: true }),
      },
      cleanUp: {
        stage: 'transfer',
        unaffected: 'first failure',
        arrange: (scene, strike) => ({
          ...holdWire(scene, strike, 'down', { pattern: 'ROLLBACK\0', before: true }),
          input: () => interrupted(BYTES, () => Promise.reject(BOOM)),
        }),
      },
    },
  };
}

function played({ sql, table, pool, unlock }: PostgresServers): Pick<Scene, 'play' | 'assertDestination'> {
  return {
    async play({ options, input, first }: Arrangement, strike: Strike) {
      const sink = pgCopyFrom({ table, client: pool, ...strike.options, ...options });
      const { settled } = sink;
      strike.follow(sink);
      await first?.();
      return { settled, pipeline: pipeline(input?.(sink) ?? chunked(BYTES), sink, strike.pipelineOptions) };
    },
    async assertDestination(outcome) {
      await unlock();
      const [counted] = await sql(`SELECT count(*)::int AS n FROM ${table}`);
      assert.equal(counted?.['n'], outcome === 'done' ? ROWS : 0);
    },
  };
}
