/** One lane: rounds of S3 to Postgres and back, each repeated until it is through, each compared with what went in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from './inspection.ts';
import type { Order, TransferReport } from './protocol.ts';
import { COLUMNS, roundData } from './round.ts';
import type { RoundData } from './round.ts';
import { BUCKET } from './world.ts';
import type { World } from './world.ts';

export interface LaneOptions {
  readonly world: World;
  readonly number: number;
  readonly draw: () => number;
  readonly roundBytes: number;
  /** Whether callers may lose patience: not while the recovery is being measured. */
  readonly calm: () => boolean;
  readonly transfer: (order: Omit<Order, 'id'>) => Promise<TransferReport>;
  readonly onTransfer: (order: Omit<Order, 'id'>, report: TransferReport, arrived: boolean) => void;
  readonly onProblem: (where: string, problem: string) => void;
}

export interface Round {
  readonly rows: number;
  /** Of CSV, in one direction. */
  readonly bytes: number;
}

const TIMEOUT_MS = 12_000;
/** So many failures in a row are no weather. */
const MAX_TRIES = 200;
const PAUSE_MS = 100;

/** Runs round `n` to its end, whatever it takes. */
export async function runRound(options: LaneOptions, n: number): Promise<Round> {
  const { world, number, draw, roundBytes, onProblem } = options;
  const { s3, sql } = world;
  const data = roundData(Math.floor(draw() * 2 ** 32), roundBytes * (0.5 + draw()));
  const table = `lane_${number}_round_${n}`;
  const tables = [table, `${table}_rows`, `${table}_recoded`] as const;
  const [loaded, copied, recoded] = tables;
  const [input, output] = [`in/${table}.csv.gz`, `out/${table}/{try}.csv.gz`];
  s3.putObject(BUCKET, input, data.compressed, { checksum: 'CRC32' });
  for (const each of tables) await sql(`CREATE TABLE IF NOT EXISTS ${each} (${COLUMNS})`);
  const order = { lane: number, rows: data.rows };
  await untilThrough(options, { ...order, kind: 'load', from: `s3://${BUCKET}/${input}`, to: loaded }, data);
  await untilThrough(options, { ...order, kind: 'rows', from: loaded, to: copied }, data);
  await untilThrough(options, { ...order, kind: 'recode', from: copied, to: recoded }, data);
  await untilThrough(options, { ...order, kind: 'unload', from: recoded, to: `s3://${BUCKET}/${output}` }, data);
  for (const each of tables) {
    const [row] = await sql(`SELECT count(*)::int AS rows FROM ${each}`);
    if (row?.['rows'] !== data.rows) onProblem(each, `${String(row?.['rows'])} rows at the end, not ${data.rows}`);
  }
  await sql(`DROP TABLE IF EXISTS ${tables.join(', ')}`);
  s3.deleteObject(BUCKET, input);
  for (const { key } of s3.objects(BUCKET)) if (key.startsWith(`out/${table}/`)) s3.deleteObject(BUCKET, key);
  return { rows: data.rows, bytes: data.bytes };
}

type Direction = Pick<Order, 'lane' | 'from' | 'to' | 'rows' | 'kind'>;

async function untilThrough(options: LaneOptions, direction: Direction, data: RoundData): Promise<void> {
  const { world, transfer, onTransfer, onProblem } = options;
  const where = `${direction.kind} of ${direction.from}`;
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    // What an earlier try has sent may still arrive, and is not this one's.
    const to = direction.to.replace('{try}', String(tries));
    const order = { ...direction, to, ...temper(options) };
    const report = await transfer(order);
    const { arrived, problems } = await inspect(world, { id: 0, ...order }, report, data);
    onTransfer(order, report, arrived);
    const told = `${report.failure ?? 'no failure'}, ${report.sink?.outcome ?? 'unsettled'}`;
    for (const problem of problems) onProblem(`${where}, try ${tries} (${told})`, problem);
    if (arrived) return;
    await sleep(PAUSE_MS);
  }
  throw new Error(`${where} did not get through in ${MAX_TRIES} tries`);
}

/** A caller who waits, one with a short deadline, or one who changes his mind. */
function temper({ draw, calm }: LaneOptions): Pick<Order, 'timeoutMs' | 'abortAfterMs'> {
  const [mood, moment] = [draw(), draw()];
  if (calm() || mood > 0.2) return { timeoutMs: TIMEOUT_MS, abortAfterMs: undefined };
  // Most of the time a transfer takes: the middle of the work is where an abort hurts.
  const early = Math.ceil(moment ** 2 * 1_000);
  return mood < 0.1 ? { timeoutMs: TIMEOUT_MS, abortAfterMs: early } : { timeoutMs: early, abortAfterMs: undefined };
}
