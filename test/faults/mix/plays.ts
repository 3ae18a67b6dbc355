/** Short streams and calls of every kind on one pool, any of which may be doomed; each says what became of it. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyRows, pgCopyTo, pgQueryRows } from '../../../src/connectors/postgres/index.ts';
import type { PostgresClient } from '../../../src/connectors/postgres/index.ts';
import type { Settled } from '../../../src/core/settlement.ts';
import type { Sink } from '../../../src/core/sink.ts';
import type { Source } from '../../../src/core/source.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { csvRows } from '../../support/bytes.ts';
import { LEFT, watched } from './doom.ts';
import type { Doom } from './doom.ts';

/** Of one load into `t`: rows of `n` and nothing else. */
export const LOADED_ROWS = 400;
const READ_ROWS = 3_000;
const CHUNKS = 8;

/** What the plays need; `r` is read, `t` is loaded. */
export const TABLES = `CREATE TABLE t (a int, b text); CREATE TABLE r AS SELECT n AS a, 'row ' || n AS b FROM generate_series(0, ${READ_ROWS - 1}) AS n`;
const READ = 'SELECT a, b FROM r ORDER BY a';
const READ_BYTES = csvRows(READ_ROWS);
const INSERT = "INSERT INTO t SELECT $1, 'x' FROM generate_series(1, $2)";

export interface Scene {
  readonly client: PostgresClient;
  /** What streams go through: the client, or its pool. */
  readonly through: object;
  /** Of everything that is not struck by a signal of its own. */
  readonly shared: AbortSignal;
}

export interface Play extends Scene {
  /** What a load loads. */
  readonly n: number;
  readonly doom: Doom;
  /** By which a doom hears of stages; a stream through the client has the client's. */
  readonly profile?: string;
}

export type Played = Pick<Settled<unknown>, 'outcome' | 'cleanup' | 'error'>;

/** Those that load leave `LOADED_ROWS` of their number where they are done, and none else. */
export const LOADS = {
  copyFrom: (play: Play) => loaded(play, pgCopyFrom({ table: 't', ...options(play) }), Buffer.from(`${play.n},x\n`)),
  copyRows: (play: Play) => loaded(play, pgCopyRows({ table: 't', ...options(play) }), [play.n, 'x']),
  execute: (play: Play) => called(play, (signal) => play.client.execute(INSERT, [play.n, LOADED_ROWS], { signal })),
  transaction: (play: Play) =>
    called(play, (signal) =>
      play.client.transaction(
        async (tx) => {
          await tx.execute(INSERT, [play.n, LOADED_ROWS / 2]);
          await tx.transaction((inner) => inner.execute(INSERT, [play.n, LOADED_ROWS / 2]));
          if (play.doom.leaves) throw LEFT;
        },
        { signal },
      ),
    ),
} as const;

const READS = {
  copyTo: (play: Play) =>
    read(play, pgCopyTo({ query: READ, ...options(play) }), READ_BYTES.length, (chunk, from) => {
      const bytes = chunk as Buffer;
      assert.ok(bytes.equals(READ_BYTES.subarray(from, from + bytes.length)));
      return from + bytes.length;
    }),
  queryRows: (play: Play) =>
    read(play, pgQueryRows(READ, [], { batchSize: 500, ...options(play) }), READ_ROWS, (row, from) => {
      assert.deepEqual(row, { a: from, b: `row ${from}` });
      return from + 1;
    }),
  query: (play: Play) =>
    called(play, async (signal) => {
      const rows = await play.client.query(READ, [], { signal });
      assert.equal(rows.length, READ_ROWS);
    }),
} as const;

export const KINDS = { ...LOADS, ...READS } as const;
export type Kind = keyof typeof KINDS;

export const kinds = Object.keys(KINDS) as Kind[];

/** Plays one; what it read is what there is, or the assertion is thrown. */
export function play(kind: Kind, one: Play): Promise<Played> {
  const { profile, doom } = one;
  return profile === undefined ? KINDS[kind](one) : watched(profile, doom, () => KINDS[kind](one));
}

function options({ doom, through, profile, shared }: Play) {
  const signal = doom.weapon === 'signal' ? doom.own.signal : shared;
  return { client: through, signal, ...(profile === undefined ? {} : { profile }) };
}

async function loaded({ doom }: Play, sink: Sink<unknown>, row: unknown): Promise<Played> {
  const input = async function* (): AsyncGenerator {
    for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
      if (doom.leaves) throw LEFT;
      const rows = Array.from({ length: LOADED_ROWS / CHUNKS }, () => row);
      if (rows.every((one) => Buffer.isBuffer(one))) yield Buffer.concat(rows);
      else yield* rows;
      // The next is asked for once there is room.
      await Promise.resolve();
      if (chunk === 0) doom.at('first');
      if (chunk === CHUNKS / 2) doom.at('middle');
    }
    doom.at('last');
    if (doom.leaves) throw LEFT;
  };
  doom.aim(sink);
  const failure = await pipeline(input, sink, { signal: doom.pipeline.signal }).catch((error: unknown) => error);
  return told(failure, await sink.settled);
}

/** `take` asserts that `chunk` is what comes at a position, and gives the next one. */
async function read(
  { doom }: Play,
  source: Source<unknown>,
  end: number,
  take: (chunk: unknown, from: number) => number,
): Promise<Played> {
  let at = 0;
  const output = async (chunks: AsyncIterable<unknown>): Promise<void> => {
    for await (const chunk of chunks) {
      at = take(chunk, at);
      doom.at('first');
      if (at >= end / 2) doom.at('middle');
      if (at === end) for (const moment of ['last', 'commit'] as const) doom.at(moment);
      if (doom.leaves) throw LEFT;
    }
  };
  doom.aim(source);
  const failure = await pipeline(source, output, { signal: doom.pipeline.signal }).catch((error: unknown) => error);
  if (failure instanceof assert.AssertionError) throw failure;
  const settled = told(failure, await source.settled);
  if (settled.outcome === 'done') assert.equal(at, end);
  return settled;
}

/** A stream that is done did not fail, unless the blow fell when nothing could be undone. */
function told(failure: unknown, { outcome, cleanup, error }: Settled<unknown>): Played {
  if (failure === undefined) assert.equal(outcome, 'done');
  return { outcome, cleanup, ...(error === undefined ? {} : { error }) };
}

/** A call knows no moment but its beginning and any later one, and no hand but its signal's. */
async function called({ doom, shared }: Play, work: (signal: AbortSignal) => Promise<unknown>): Promise<Played> {
  const own = new AbortController();
  const strike = (): void => {
    doom.isStruck = true;
    own.abort(new Error('doomed'));
  };
  const timer = doom.moment === undefined || doom.moment === 'created' ? undefined : setTimeout(strike, doom.laterMs);
  if (doom.moment === 'created') strike();
  try {
    await work(doom.moment === undefined ? shared : own.signal);
    return { outcome: 'done', cleanup: 'confirmed' };
  } catch (error) {
    if (error === LEFT) return { outcome: 'not-done', cleanup: 'confirmed' };
    if (!(error instanceof ConnectorError)) throw error;
    return { outcome: error.outcome, cleanup: 'confirmed', error };
  } finally {
    clearTimeout(timer);
  }
}
