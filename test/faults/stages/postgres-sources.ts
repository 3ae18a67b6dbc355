/** The sources of Postgres at every point. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyTo, pgQueryRows } from '../../../src/connectors/postgres/index.ts';
import type { PostgresStreamOptions } from '../../../src/connectors/postgres/index.ts';
import type { Source } from '../../../src/core/source.ts';
import { csvRows, fingerprint } from '../../support/bytes.ts';
import type { PostgresContext } from '../../support/postgres.ts';
import { consumer, fail } from './neighbours.ts';
import type { Arrangement, Scene, StreamPoints } from './points.ts';
import { COMMON, holdWire, postgresServers } from './postgres-scene.ts';
import type { PostgresServers } from './postgres-scene.ts';
import type { Strike } from './strike.ts';

interface SourceScene extends Scene, PostgresServers {
  readonly received: Buffer[];
}

// More than the stream takes ahead: a source that has read and verified everything cannot be too late any more.
const ROWS = 20_000;
const BYTES = csvRows(ROWS);

interface Factory {
  readonly name: string;
  /** Of the answer's first message, for two columns. */
  readonly answer: string;
  make(query: string, options: PostgresStreamOptions): Source<unknown>;
}

const FACTORIES: readonly Factory[] = [
  // CopyOutResponse.
  { name: 'pgCopyTo', answer: 'H\0\0\0\x0b', make: (query, options) => pgCopyTo({ query, ...options }) },
  // RowDescription.
  { name: 'pgQueryRows', answer: 'T\0\0\0\x2e\0\x02', make: (query, options) => pgQueryRows(query, [], options) },
];

/** An option of these cases alone. */
interface SourceOptions extends PostgresStreamOptions {
  readonly query?: string;
}

export function postgresSources(context: () => PostgresContext): readonly StreamPoints<SourceScene>[] {
  return FACTORIES.map((factory) => pointsOf(factory, context));
}

function pointsOf(factory: Factory, context: () => PostgresContext): StreamPoints<SourceScene> {
  return {
    name: factory.name,
    scene: async (profile) => {
      const servers = await postgresServers(context(), profile);
      const { sql, table } = servers;
      await sql(`INSERT INTO ${table} SELECT n, 'row ' || n FROM generate_series(0, ${ROWS - 1}) AS n`);
      const received: Buffer[] = [];
      return { ...servers, received, ...played(factory, servers, received) };
    },
    points: {
      ...COMMON,
      answer: {
        stage: 'transfer',
        arrange: (scene, strike) => holdWire(scene, strike, 'down', { pattern: factory.answer }),
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
        arrange: (scene, strike) => holdWire(scene, strike, 'down', { afterBytes: BYTES.length / 2 }),
      },
      backpressure: {
        stage: 'transfer',
        arrange: ({ received }, strike) => {
          void strike.stages.entered('transfer').then(() => strike.when(() => received.length > 0));
          // More than the buffers on the way hold.
          const query = "SELECT n AS a, repeat('x', 1000) AS b FROM generate_series(1, 200000) AS n";
          return {
            options: { query },
            output: () => consumer(received, () => new Promise(() => undefined)),
            fired: () => received.length === 1,
          };
        },
      },
      flushed: {
        stage: 'transfer',
        // The server's word that this was all, before the client hears it.
        arrange: (scene, strike) => holdWire(scene, strike, 'down', { pattern: 'COMMIT\0', before: true }),
      },
      lastMoment: { absent: 'a source commits nothing' },
      committed: { absent: 'a source commits nothing' },
      cleanUp: {
        stage: 'transfer',
        unaffected: 'first failure',
        arrange: (scene, strike) => ({
          ...holdWire(scene, strike, 'down', { pattern: 'ROLLBACK\0', before: true }),
          output: () => consumer(scene.received, fail),
        }),
      },
    },
  };
}

function played(
  { make }: Factory,
  { table, pool }: PostgresServers,
  received: Buffer[],
): Pick<Scene, 'play' | 'assertDestination'> {
  return {
    async play({ options, output, first }: Arrangement, strike: Strike) {
      const { query = `SELECT a, b FROM ${table}`, ...rest } = (options ?? {}) as SourceOptions;
      const source = make(query, { client: pool, ...strike.options, ...rest });
      const { settled } = source;
      strike.follow(source);
      await first?.();
      const end = output?.() ?? consumer(received, () => Promise.resolve());
      return { settled, pipeline: pipeline(source, end, strike.pipelineOptions) };
    },
    async assertDestination(outcome) {
      assert.equal(outcome, 'not-done');
      const bytes = Buffer.concat(received);
      // Of the long query only the beginning is known, and it is not in the table.
      if (!bytes.subarray(0, 10).includes('x')) {
        assert.equal(fingerprint(bytes), fingerprint(BYTES.subarray(0, bytes.length)));
      }
      return Promise.resolve();
    },
  };
}
