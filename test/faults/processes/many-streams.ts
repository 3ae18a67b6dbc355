/**
 * Many short streams and calls of Postgres on one signal and a pool of four, half of them doomed at a moment drawn at
 * random; says as JSON what became of them and what is left at the end.
 */
import { getEventListeners } from 'node:events';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import { postgres } from '../../../src/connectors/registry.ts';
import { bounded } from '../../../src/core/deadline.ts';
import { between, randomNumbers } from '../../support/seed.ts';
import { Doom } from '../mix/doom.ts';
import type { Moment, Weapon } from '../mix/doom.ts';
import { LOADS, kinds, play } from '../mix/plays.ts';
import type { Kind, Scene } from '../mix/plays.ts';

export interface ManySettings {
  readonly seed: number;
  readonly count: number;
  readonly dsn: string;
}

export interface ManyReport {
  /** How many of each kind were done, and how many were not. */
  readonly done: Readonly<Record<Kind, number>>;
  readonly notDone: Readonly<Record<Kind, number>>;
  /** Blows that fell, by their moment and weapon. */
  readonly struck: readonly (readonly [Moment, Weapon])[];
  /** The numbers of the loads that are done. */
  readonly loaded: readonly number[];
  /** What broke a promise. */
  readonly broken: readonly string[];
  /** Of the pool, at the end. */
  readonly connections: { readonly total: number; readonly idle: number; readonly waiting: number };
  readonly listeners: number;
  readonly warnings: readonly string[];
  /** What holds the process open when the pool has been closed. */
  readonly handles: readonly string[];
  /** Bytes in use after a collection: after a third of them, and after all. */
  readonly heap: readonly [number, number];
}

const AT_ONCE = 16;
const LIMIT_MS = 20_000;

const { seed, count, dsn } = JSON.parse(process.argv[2] ?? '{}') as ManySettings;
const shared = new AbortController();
const warnings: string[] = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));
const client = postgres.client('many', { dsn, pool: { maxSize: 4 } });
const pool = await client.rawPool();
const scene: Scene = { client, through: pool, shared: shared.signal };

const none = (): Record<Kind, number> => Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
const [done, notDone] = [none(), none()];
const loaded: number[] = [];
const struck: [Moment, Weapon][] = [];
const broken: string[] = [];

/** Drawn from its own numbers, whatever happens beside it. */
async function one(n: number): Promise<void> {
  const random = randomNumbers(`stream ${n}`, seed);
  const kind = kinds[between(random, 0, kinds.length)] ?? 'copyFrom';
  const doom = new Doom(random, n % 2 === 1);
  const name = `${n}, ${kind}, doomed by ${doom.weapon} at ${String(doom.moment)}`;
  const timeout = { ms: LIMIT_MS, code: 'UNKNOWN', message: 'it hangs' } as const;
  try {
    const { outcome, cleanup, error } = await bounded(play(kind, { ...scene, n, doom, profile: `many-${n}` }), {
      timeout,
    });
    if (outcome === 'unknown' || cleanup !== 'confirmed') broken.push(`${name}: ${outcome}, clean-up ${cleanup}`);
    if (error !== undefined && !doom.isStruck) broken.push(`${name}: ${error.code}`);
    (outcome === 'done' ? done : notDone)[kind] += 1;
    if (outcome === 'done' && kind in LOADS) loaded.push(n);
  } catch (error) {
    broken.push(`${name}: ${String(error)}`);
  }
  if (doom.isStruck && doom.moment !== undefined) struck.push([doom.moment, doom.weapon]);
  for (const { signal } of [doom.own, doom.pipeline]) {
    if (getEventListeners(signal, 'abort').length > 0) broken.push(`${name}: a listener was left`);
  }
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
await client.close();
await pause(100);
// Out of the timer, which would count itself.
await turn();
const handles = process.getActiveResourcesInfo().filter((kind) => !/^(PipeWrap|TTYWrap)$/.test(kind));
const report: ManyReport = {
  ...{ done, notDone, struck, loaded, broken, connections, listeners, warnings, handles, heap: [before, after] },
};
process.stdout.write(JSON.stringify(report));
