/** What a transfer left behind, seen past the library: rows, objects, uploads, sessions. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order, StreamEnd, TransferReport } from './protocol.ts';
import { hashOfCompressed } from './round.ts';
import type { RoundData } from './round.ts';
import { BUCKET } from './world.ts';
import type { World } from './world.ts';

/** What became of the data, and every promise that was not kept. */
export interface Inspection {
  readonly arrived: boolean;
  readonly problems: readonly string[];
}

/** A server ends a session a moment after its client has gone. */
const MOMENT_MS = 3_000;

export const keyOf = (url: string): string => new URL(url).pathname.slice(1);

/**
 * Compares what the library said of a transfer with what is there. What it named as left over, or could not tell, is
 * cleared away, as its caller would have to.
 */
export async function inspect(
  world: World,
  order: Order,
  { source, sink, failure, faults }: TransferReport,
  data: RoundData,
): Promise<Inspection> {
  const problems = [...faults];
  if (source === undefined || sink === undefined)
    return { arrived: false, problems: [...problems, 'it never settled'] };
  const isTable = order.kind !== 'unload';
  problems.push(...(await sessionProblems(world, order, databaseEnds(order, source, sink))));
  const arrived = isTable ? await rowsThere(world, order) : await objectThere(world, order, data);
  if (!isTable) problems.push(...(await uploadProblems(world, order, sink)));
  if (arrived === 'other') problems.push(`what arrived is not what was sent (${sink.outcome})`);
  const complete = arrived === 'all';
  if (sink.outcome === 'done' && !complete) problems.push(`it is said to be done and ${arrived} arrived`);
  if (sink.outcome === 'not-done' && arrived !== 'nothing') {
    problems.push(`it is said not to be done and ${arrived} arrived`);
  }
  if (failure === undefined && (sink.outcome !== 'done' || source.outcome !== 'done')) {
    problems.push(`the pipeline resolved, its sink is ${sink.outcome}, its source ${source.outcome}`);
  }
  if (isTable && sink.outcome === 'done' && sink.rows !== order.rows) {
    problems.push(`${order.rows} rows were sent and ${sink.rows} reported`);
  }
  return { arrived: complete, problems };
}

const databaseEnds = ({ kind }: Order, source: StreamEnd, sink: StreamEnd): StreamEnd[] =>
  kind === 'load' ? [sink] : kind === 'unload' ? [source] : [source, sink];

type Arrived = 'nothing' | 'all' | 'other';

const rowsThere = async ({ sql }: World, { to, rows }: Order): Promise<Arrived> => {
  const [row] = await sql(`SELECT count(*)::int AS rows FROM ${to}`);
  const there = row?.['rows'];
  return there === 0 ? 'nothing' : there === rows ? 'all' : 'other';
};

const objectThere = async ({ s3 }: World, { to }: Order, { hash }: RoundData): Promise<Arrived> => {
  const object = s3.getObject(BUCKET, keyOf(to));
  if (object === undefined) return Promise.resolve('nothing');
  try {
    return hashOfCompressed(object) === hash ? 'all' : 'other';
  } catch {
    return 'other';
  }
};

/** No session of the lane is in a transaction, but one that the stream named, or said it could not see the end of. */
const sessionProblems = async (world: World, { lane }: Order, ends: readonly StreamEnd[]): Promise<string[]> => {
  const uncertain = ends.some(({ cleanup, outcome }) => cleanup === 'unconfirmed' || outcome === 'unknown');
  // What was sent may still be on its way through a stalled network: whoever looks has to end the session first.
  if (uncertain) await endSessions(world, lane);
  const until = performance.now() + MOMENT_MS;
  for (;;) {
    const busy = await sessions(world, lane, BUSY);
    if (busy.length === 0) return [];
    if (performance.now() > until) {
      await endSessions(world, lane);
      return [`a session is still ${String(busy[0]?.['state'])} (${String(busy[0]?.['query'])})`];
    }
    await sleep(50);
  }
};

const BUSY = "SELECT state, left(query, 60) AS query FROM pg_stat_activity WHERE state <> 'idle' AND";
const END = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE';

const sessions = ({ sql }: World, lane: number, what: string) => sql(`${what} application_name = $1`, [`soak-${lane}`]);

const endSessions = async (world: World, lane: number): Promise<void> => {
  while ((await sessions(world, lane, END)).length > 0) await sleep(20);
};

/**
 * No upload of the key is left but those that the stream named, by id or by number. A transfer that succeeded may leave
 * empty ones, begun by requests whose answers were lost: no listing can tell whose they are (see `s3ObjectSink`).
 */
const uploadProblems = async (world: World, { to }: Order, sink: StreamEnd): Promise<string[]> => {
  const key = keyOf(to);
  const left = world.s3.uploads().filter((upload) => upload.key === key);
  for (const { uploadId } of left) await world.abortUpload(key, uploadId);
  const empty = left.filter(({ parts }) => parts.length === 0).length;
  const { uploadId, uploads, key: named } = sink.leftover ?? {};
  // Where nobody could be asked, the key stands for those whose ids never arrived.
  const uncertain = named === key && uploads === undefined ? empty : 0;
  const told = Math.max(Number(uploads ?? 0), left.filter((each) => each.uploadId === uploadId).length + uncertain);
  const excused = sink.outcome === 'done' ? empty : sink.cleanup === 'unconfirmed' ? told : 0;
  return left.length > excused
    ? [`${left.length} uploads are left, of ${JSON.stringify(sink.leftover)}, clean-up ${sink.cleanup}`]
    : [];
};
