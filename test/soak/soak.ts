/** A whole run: the world, the weather, the lanes, the recovery, the judgement. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../../src/testing/chaos-proxy/random.ts';
import { DEFAULT_LIMITS, judge, trends } from './judgement.ts';
import type { Limits } from './judgement.ts';
import { runRound } from './lane.ts';
import type { LaneOptions } from './lane.ts';
import type { LeakKind, Order, TransferReport } from './protocol.ts';
import { emptyReport, total } from './report.ts';
import type { Report } from './report.ts';
import { ROW_CANARY } from './round.ts';
import { startWeather } from './weather.ts';
import { startWorker } from './worker-process.ts';
import { openWorld } from './world.ts';

export interface SoakOptions {
  readonly minutes: number;
  /** Of the data, the faults and the callers' moods; what meets what is the machine's own doing. */
  readonly seed: number;
  readonly lanes: number;
  /** Of CSV in one direction, on average. */
  readonly roundBytes: number;
  /** Bytes of CSV a second that all lanes together do not exceed: what the machine may be asked for. */
  readonly pace: number;
  readonly limits?: Partial<Limits>;
  readonly leak?: LeakKind | undefined;
  readonly signal?: AbortSignal;
  /** One line, every few seconds. */
  readonly say: (line: string) => void;
}

const SAY_MS = 5_000;

export async function soak(options: SoakOptions): Promise<Report> {
  const { minutes, seed, lanes, roundBytes, pace, leak, signal, say } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  await using world = await openWorld();
  const startedAt = Date.now();
  const clock = () => Date.now() - startedAt;
  const { region, accessKeyId, secretAccessKey } = world.s3;
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'sluice-soak-'));
  const caFile = path.join(directory.path, 'store-ca.pem');
  await writeFile(caFile, world.storeCa);
  const surroundings = {
    ...{ dsn: world.dsn, caCertificate: world.caCertificate, startedAt, leak },
    store: { endpointUrl: world.endpointUrl, region, credentials: { accessKeyId, secretAccessKey } },
    secrets: [...world.secrets, ROW_CANARY],
  };
  const worker = await startWorker(surroundings, caFile);
  const report = emptyReport(options, limits);
  const weather = startWeather(world, seeded(seed), clock);
  const stop = new AbortController();
  let healedAt = Infinity;

  const onProblem = (where: string, problem: string): void => {
    const line = `${(clock() / 1_000).toFixed(1)} s, ${where}, during [${weather.now().join(', ')}]: ${problem}`;
    report.problems.push(line);
    say(`PROBLEM ${line}`);
  };
  const onTransfer = ({ kind }: Pick<Order, 'kind'>, { failure, settleMs = 0 }: TransferReport, arrived: boolean) => {
    const counts = report.transfers[kind];
    counts.tried += 1;
    if (failure !== undefined) {
      counts.failed += 1;
      report.failures[failure] = (report.failures[failure] ?? 0) + 1;
    }
    if (failure !== undefined && arrived) counts.arrivedAllTheSame += 1;
    report.longestSettleMs = Math.max(report.longestSettleMs, Math.round(settleMs));
  };

  const lane = async (number: number): Promise<void> => {
    const draw = seeded(seed + number);
    const calm = () => healedAt !== Infinity;
    const transfer: LaneOptions['transfer'] = (order) => worker.transfer(order);
    const lane = { ...{ world, number, draw, roundBytes, calm, transfer, onTransfer, onProblem } };
    for (let n = 1; ; n += 1) {
      const before = clock();
      const { rows, bytes } = await runRound(lane, n);
      const done = clock();
      report.rounds.push({ lane: number, fromMs: before, toMs: done, rows, bytes });
      // The round under way when all was healed, and one that began in fair weather.
      if (before > healedAt) return;
      const rest = (bytes / (pace / lanes)) * 1_000 - (done - before);
      if (rest > 0) await sleep(rest, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };

  const speaking = setInterval(() => say(line(report, weather.now(), worker.samples.at(-1), clock())), SAY_MS);
  try {
    const running = Promise.all(Array.from({ length: lanes }, (_, n) => lane(n + 1)));
    running.catch(() => undefined);
    const ends = AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]);
    const over = sleep(minutes * 60_000, undefined, { signal: ends });
    await Promise.race([over.catch(() => undefined), running]);
    await weather.clear();
    healedAt = clock();
    stop.abort();
    await running;
    report.recoveryMs = clock() - healedAt;
    for (const { key, parts } of world.s3.uploads()) {
      // An empty one was named when it was inspected: its Create arrived after that.
      if (parts.length > 0) onProblem('at the end', `an upload of ${key} is left`);
    }
  } catch (error) {
    onProblem('the soak', String(error));
  } finally {
    stop.abort();
    clearInterval(speaking);
    await weather.clear();
  }
  const closed = await worker.close();
  const felt = weather.spells.filter((spell) => spell.felt > 0);
  report.spells = weather.spells;
  report.samples = worker.samples;
  report.trends = trends(worker.samples, limits);
  report.wrong = judge(
    {
      ...{ samples: worker.samples, closed, rounds: report.rounds.length, spellsFelt: felt.length },
      ...{ failedTransfers: total(report.transfers).failed },
      ...{ recoveryMs: report.recoveryMs, problems: report.problems },
    },
    limits,
  );
  report.passed = report.wrong.length === 0;
  return report;
}

const MIB = 1024 * 1024;

const line = (
  { rounds, transfers, problems }: Report,
  now: readonly string[],
  sample: Report['samples'][number] | undefined,
  atMs: number,
): string => {
  const bytes = rounds.reduce((sum, round) => sum + 2 * round.bytes, 0);
  const { tried, failed } = total(transfers);
  const memory = sample === undefined ? '' : ` · rss ${(sample.rss / MIB).toFixed(0)} MiB, ${sample.sockets} sockets`;
  return (
    `${(atMs / 1_000).toFixed(0)} s · ${rounds.length} rounds, ${(bytes / MIB / (atMs / 1_000)).toFixed(2)} MiB/s · ` +
    `${failed} of ${tried} transfers failed${memory} · ` +
    `${problems.length} problems · now: ${now.join(', ') || 'fair'}`
  );
};
