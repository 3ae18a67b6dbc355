/** Every stream at every point, and the suites that are generated from it. */
import pLimit from 'p-limit';
import { bounded } from '../../../src/core/deadline.ts';
import type { PostgresContext } from '../../support/postgres.ts';
import { adlsSinks } from './adls-sinks.ts';
import { adlsSources } from './adls-sources.ts';
import { playCase } from './case.ts';
import { POINTS, isStruck } from './points.ts';
import type { Absent, Point, Reach, Scene, StreamPoints } from './points.ts';
import { postgresSinks } from './postgres-sinks.ts';
import { postgresSources } from './postgres-sources.ts';
import { s3Sinks } from './s3-sinks.ts';
import { s3Sources } from './s3-sources.ts';
import type { Watch, Weapon } from './strike.ts';

export interface StruckStream {
  readonly name: string;
  readonly points: Readonly<Record<Point, Reach<never> | Absent>>;
  readonly play: (point: Point, weapon: Weapon, watch?: Watch) => Promise<void>;
}

export const WHERE = Object.entries(POINTS) as [Point, string][];

export const s3Streams: readonly StruckStream[] = [...s3Sources.map(struck), ...s3Sinks.map(struck)];

export const adlsStreams: readonly StruckStream[] = [...adlsSources.map(struck), ...adlsSinks.map(struck)];

export function postgresStreams(context: () => PostgresContext): readonly StruckStream[] {
  return [...postgresSinks(context).map(struck), ...postgresSources(context).map(struck)];
}

/** Deadlines take their time, so all cases of a stream run at once. */
const AT_ONCE = 16;
const CASE_LIMIT_MS = 30_000;

/** The points at which a weapon strikes `stream`. */
export const struckAt = (stream: StruckStream, weapon: Weapon): typeof WHERE =>
  WHERE.filter(([point]) => isStruck(point, stream.points[point], weapon));

/** Plays all points of `stream` together, each on servers or tables of its own; gives what failed. */
export async function playAll(stream: StruckStream, weapon: Weapon, watch?: Watch): Promise<Map<Point, unknown>> {
  const failures = new Map<Point, unknown>();
  const limit = pLimit(AT_ONCE);
  const play = async (point: Point): Promise<void> => {
    const message = `not over after ${CASE_LIMIT_MS} ms`;
    const timeout = { ms: CASE_LIMIT_MS, code: 'UNKNOWN', message } as const;
    await bounded(stream.play(point, weapon, watch), { timeout }).catch((error: unknown) => failures.set(point, error));
  };
  await Promise.all(struckAt(stream, weapon).map(([point]) => limit(play, point)));
  return failures;
}

/** A suite of all points of `stream`. */
export function suiteOf(stream: StruckStream, weapon: Weapon): void {
  let failures = new Map<Point, unknown>();
  before(async function () {
    this.timeout(0);
    failures = await playAll(stream, weapon);
  });
  for (const [point, where] of struckAt(stream, weapon)) {
    it(where, () => {
      if (failures.has(point)) throw failures.get(point) as Error;
    });
  }
}

function struck<S extends Scene>(stream: StreamPoints<S>): StruckStream {
  const { name, points } = stream;
  return { name, points, play: (point, weapon, watch) => playCase({ stream, point, weapon, watch }) };
}
