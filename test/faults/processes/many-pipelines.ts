/**
 * Many short pipelines on one signal and a pool of four, half of them aborted at a stage drawn at random; says as JSON
 * what is left at the end.
 */
import { subscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import pg from 'pg';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { s3ObjectSink, s3ObjectSource } from '../../../src/connectors/s3/index.ts';
import { pgCopyFrom, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import type { PartLimits } from '../../../src/core/part-plan.ts';
import { csvRows } from '../../support/bytes.ts';
import { between, randomNumbers } from '../../support/seed.ts';
import type { StageEvent } from '../../support/stage-events.ts';

export interface ManySettings {
  readonly seed: number;
  readonly count: number;
  readonly dsn: string;
  readonly config: S3Settings;
  readonly limits: PartLimits;
}

export interface ManyReport {
  readonly completed: number;
  readonly aborted: number;
  /** Loads among the completed. */
  readonly loaded: number;
  /** Of the pool, at the end. */
  readonly connections: { readonly total: number; readonly idle: number; readonly waiting: number };
  readonly listeners: number;
  readonly warnings: readonly string[];
  /** What holds the process open when pool and clients have been closed. */
  readonly handles: readonly string[];
  /** Bytes in use after a collection: after a third of the pipelines, and after all. */
  readonly heap: readonly [number, number];
}

const STAGES = ['pool', 'connect', 'open', 'transfer', 'commit'];
const AT_ONCE = 16;
const ROWS = csvRows(500);

const { seed, count, dsn, config, limits } = JSON.parse(process.argv[2] ?? '{}') as ManySettings;
const random = randomNumbers('many pipelines', seed);
const pool = new pg.Pool({ connectionString: dsn, max: 4 });
const shared = new AbortController();
const warnings: string[] = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));

/** Which stage each pipeline is aborted at, by its profile. */
const doomed = new Map<string, { readonly stage: string; readonly abort: () => void }>();
subscribe('sluice:operation:stage', (message) => {
  const { profile, stage } = message as StageEvent;
  const doom = doomed.get(profile);
  // A stage that an operation does not have would leave it alone: the commit, and the first bytes, all of them have.
  if (doom !== undefined && (stage === doom.stage || stage === 'commit')) doom.abort();
});

const totals = { completed: 0, aborted: 0, loaded: 0 };

async function one(n: number): Promise<void> {
  const profile = `pipeline-${n}`;
  const own = new AbortController();
  if (n % 2 === 1) {
    const stage = STAGES[between(random, 0, STAGES.length)] ?? 'open';
    doomed.set(profile, { stage, abort: () => own.abort(new Error('doomed')) });
  }
  const common = { profile, signal: shared.signal };
  const object = { bucket: 'bucket', config, ...common };
  const loads = n % 3 === 0;
  const source = loads ? s3ObjectSource({ ...object, key: 'in' }) : tableOrBytes(n, common);
  const sink = loads
    ? pgCopyFrom({ table: 't', client: pool, ...common })
    : s3ObjectSink({ ...object, key: `out/${n}`, partSize: 2_000, limits });
  const failure = await pipeline(source, sink, { signal: own.signal }).catch((error: unknown) => error);
  const { outcome, cleanup } = await sink.settled;
  if ('settled' in source) await source.settled;
  doomed.delete(profile);
  if (cleanup !== 'confirmed') throw new Error(`${profile}: its clean-up was not confirmed`);
  if ((failure === undefined) !== (outcome === 'done'))
    throw new Error(`${profile}: ${outcome} and ${String(failure)}`);
  if (failure === undefined) totals.completed += 1;
  else totals.aborted += 1;
  if (loads && failure === undefined) totals.loaded += 1;
}

function tableOrBytes(n: number, common: { readonly profile: string; readonly signal: AbortSignal }) {
  if (n % 3 === 1) return pgCopyTo({ query: 'SELECT * FROM r', client: pool, ...common });
  return Readable.from([ROWS], { objectMode: false });
}

async function run(from: number, end: number): Promise<void> {
  const limit = pLimit(AT_ONCE);
  await Promise.all(Array.from({ length: end - from }, (_, index) => limit(one, from + index)));
}

function heapUsed(): number {
  for (let n = 0; n < 4; n += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

await run(0, count / 3);
const before = heapUsed();
await run(count / 3, count);
const after = heapUsed();
const connections = { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount };
const listeners = getEventListeners(shared.signal, 'abort').length;
await pool.end();
closeS3Clients();
await pause(100);
// Out of the timer, which would count itself.
await turn();
const handles = process.getActiveResourcesInfo().filter((kind) => !/^(PipeWrap|TTYWrap)$/.test(kind));
const report: ManyReport = { ...totals, connections, listeners, warnings, handles, heap: [before, after] };
process.stdout.write(JSON.stringify(report));
