/** The sinks of Postgres at every point. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyRows } from '../../../src/connectors/postgres/index.ts';
import type { PostgresStreamOptions } from '../../../src/connectors/postgres/index.ts';
import type { Sink } from '../../../src/core/sink.ts';
import { chunked, csvRows } from '../../support/bytes.ts';
import type { PostgresContext } from '../../support/postgres.ts';
import { endless, interrupted } from './neighbours.ts';
import type { Arrangement, Scene, StreamPoints } from './points.ts';
import { COMMON, holdWire, lockAt, postgresServers } from './postgres-scene.ts';
import type { PostgresServers } from './postgres-scene.ts';
import { BOOM } from './strike.ts';
import type { Strike } from './strike.ts';

type SinkScene = Scene & PostgresServers;

const ROWS = 20_000;
const BYTES = csvRows(ROWS);

interface SinkOptions extends PostgresStreamOptions {
  readonly table: string;
}

interface Factory {
  readonly name: string;
  /** Of CopyInResponse, for two columns. */
  readonly answer: string;
  /** Where it takes the table's lock. */
  readonly locked: 'open' | 'transfer';
  make(options: SinkOptions): Sink<unknown>;
  /** What it takes of bytes of CSV. */
  fed(input: AsyncIterable<Buffer>): AsyncIterable<unknown>;
}

const FACTORIES: readonly Factory[] = [
  { name: 'pgCopyFrom', answer: 'G\0\0\0\x0b', locked: 'transfer', make: pgCopyFrom, fed: (input) => input },
  {
    name: 'pgCopyRows',
    answer: 'G\0\0\0\x0b',
    // With its columns.
    locked: 'open',
    make: (options) => pgCopyRows({ ...options, columns: ['a', 'b'] }),
    fed: rowsOf,
  },
];

export function postgresSinks(context: () => PostgresContext): readonly StreamPoints<SinkScene>[] {
  return FACTORIES.map((factory) => pointsOf(factory, context));
}

/** Whole lines as rows. */
async function* rowsOf(input: AsyncIterable<Buffer>): AsyncGenerator {
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [a, b] = line.split(',');
      yield { a: Number(a), b };
    }
  }
}

function pointsOf(factory: Factory, context: () => PostgresContext): StreamPoints<SinkScene> {
  return {
    name: factory.name,
    scene: async (profile) => {
      const servers = await postgresServers(context(), profile);
      return { ...servers, ...played(factory, servers) };
    },
    points: {
      ...COMMON,
      lock: lockAt(factory.locked),
      answer: {
        stage: 'transfer',
        arrange: (scene, strike) => holdWire(scene, strike, 'down', { pattern: factory.answer }),
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

function played(
  { make, fed }: Factory,
  { sql, table, pool, unlock }: PostgresServers,
): Pick<Scene, 'play' | 'assertDestination'> {
  return {
    async play({ options, input, first }: Arrangement, strike: Strike) {
      const sink = make({ table, client: pool, ...strike.options, ...options });
      const { settled } = sink;
      strike.follow(sink);
      await first?.();
      return { settled, pipeline: pipeline(fed(input?.(sink) ?? chunked(BYTES)), sink, strike.pipelineOptions) };
    },
    async assertDestination(outcome) {
      await unlock();
      const [counted] = await sql(`SELECT count(*)::int AS n FROM ${table}`);
      assert.equal(counted?.['n'], outcome === 'done' ? ROWS : 0);
    },
  };
}
