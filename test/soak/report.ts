/** What a run came to, as it is written to a file. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Limits, Trend } from './judgement.ts';
import { KINDS } from './protocol.ts';
import type { Order, Sample } from './protocol.ts';
import type { SoakOptions } from './soak.ts';
import type { Spell } from './weather.ts';

export interface TransferCounts {
  tried: number;
  failed: number;
  /** Of the failed ones: the data was durable, and the caller was told so or looked. */
  arrivedAllTheSame: number;
}

export interface Report {
  passed: boolean;
  wrong: readonly string[];
  readonly startedAt: string;
  readonly machine: string;
  readonly options: Pick<SoakOptions, 'minutes' | 'seed' | 'lanes' | 'roundBytes' | 'pace' | 'leak'>;
  readonly limits: Limits;
  readonly transfers: Readonly<Record<Order['kind'], TransferCounts>>;
  /** How often a transfer failed with which code. */
  readonly failures: Record<string, number>;
  longestSettleMs: number;
  recoveryMs: number | undefined;
  trends: readonly Trend[];
  readonly problems: string[];
  readonly rounds: { lane: number; fromMs: number; toMs: number; rows: number; bytes: number }[];
  spells: readonly Spell[];
  samples: readonly Sample[];
}

export function emptyReport(options: SoakOptions, limits: Limits): Report {
  const { minutes, seed, lanes, roundBytes, pace, leak } = options;
  const counts = () => ({ tried: 0, failed: 0, arrivedAllTheSame: 0 });
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return {
    ...{ passed: false, wrong: ['it did not end'], startedAt: new Date().toISOString() },
    machine: `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}, ${memory}, Node ${process.versions.node}`,
    options: { minutes, seed, lanes, roundBytes, pace, leak },
    ...{ limits, transfers: { load: counts(), rows: counts(), recode: counts(), unload: counts() }, failures: {} },
    ...{ longestSettleMs: 0, recoveryMs: undefined, trends: [], problems: [], rounds: [], spells: [], samples: [] },
  };
}

/** Of all kinds together. */
export function total(transfers: Report['transfers']): TransferCounts {
  const sum = (of: keyof TransferCounts): number => KINDS.reduce((all, kind) => all + transfers[kind][of], 0);
  return { tried: sum('tried'), failed: sum('failed'), arrivedAllTheSame: sum('arrivedAllTheSame') };
}

/** A few lines for people. */
export function summary({ passed, wrong, transfers, failures, rounds, spells, trends, ...rest }: Report): string {
  const bytes = rounds.reduce((sum, round) => sum + round.bytes, 0);
  const rows = rounds.reduce((sum, round) => sum + round.rows, 0);
  const felt = spells.filter((spell) => spell.felt > 0);
  const codes = Object.entries(failures).sort(([, a], [, b]) => b - a);
  const { tried, failed, arrivedAllTheSame } = total(transfers);
  return [
    `${rounds.length} rounds, ${rows} rows and ${mib(bytes)} of CSV each way, all of it hashed alike`,
    `${spells.length} faults of ${new Set(spells.map(({ name }) => name)).size} kinds, ${felt.length} took effect`,
    `${tried} transfers, ${failed} failed (${arrivedAllTheSame} of these had arrived): ` +
      codes.map(([code, count]) => `${code} ${count}`).join(', '),
    `longest time to settle ${rest.longestSettleMs} ms, recovery ${rest.recoveryMs ?? '-'} ms after healing`,
    ...trends.map(({ measure, perMinute, growth, limit, peak }) => {
      const show = limit > 1_000 ? mib : (value: number) => value.toFixed(1);
      return `${measure}: ${show(perMinute)} a minute, ${show(growth)} over the time judged (limit ${show(limit)}), peak ${show(peak)}`;
    }),
    ...wrong.map((each) => `WRONG: ${each}`),
    passed ? 'passed' : 'FAILED',
  ].join('\n');
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
