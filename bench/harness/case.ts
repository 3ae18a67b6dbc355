/** What a benchmark is: paths that data take, and on each the contenders for it. */
import type { Package } from './packages.ts';
import type { Tool } from './tools.ts';

export type Scale = 'full' | 'short';

export interface BenchCase {
  /** As on the command line and in floors.json. */
  readonly name: string;
  readonly paths: readonly BenchPath[];
}

export interface BenchPath {
  readonly name: string;
  /** The heading of its table and chart. */
  readonly title: string;
  /** Rounds that are measured, after one that warms up. */
  readonly rounds: Readonly<Record<Scale, number>>;
  /** False where time is not what is measured. Default true. */
  readonly warmUp?: boolean;
  /** Programs that contenders are made of; a missing one is installed, or fails the case. */
  readonly tools: readonly Tool[];
  /** Packages of npm that contenders are made of, and that are not installed with the others. */
  readonly packages?: readonly Package[];
  /** Starts servers and makes data; what has to be given back goes onto `stack`. */
  open(stack: AsyncDisposableStack, scale: Scale): Promise<OpenPath>;
}

export interface OpenPath {
  /** What one run moves; MB/s and CPU s/GB are of these. */
  readonly bytes: number;
  readonly rows?: number;
  /** Counted instead of bytes where they are the cost: many small objects. */
  readonly objects?: number;
  /** MB/s that the wire admits, where it is limited. */
  readonly limitMBps?: number;
  /** By how much memory may grow over a process with nothing to do. */
  readonly budgetBytes?: number;
  readonly contenders: readonly Contender[];
  /** A line or two on what was measured, for the report. */
  readonly note?: string;
}

export interface Contender {
  readonly name: string;
  /** `limit`: shows what is possible, and is not a peer of the same job. */
  readonly role: 'ours' | 'peer' | 'limit';
  /** Shell text. */
  readonly command: string;
  /** The same process with nothing to do: its start-up. */
  readonly idle: string;
  /** Before each run, unmeasured: empties a table. */
  prepare?(): Promise<void>;
  /** After each run, unmeasured: throws unless the work was done. */
  verify(output: string): Promise<void> | void;
}
