/** Peak memory of a program in a process of its own: how far it grew beyond what it had before the work. */
import path from 'node:path';
import { runNode } from './run.ts';

/** What `measured` reports, in bytes. */
export interface MemoryReport {
  /** Resident, after a warm-up and a collection. */
  readonly baseline: number;
  /** The highest, from there on. */
  readonly peak: number;
  readonly growth: number;
  /** What the work moved. */
  readonly bytes: number;
}

/** Runs a program that ends with `measured`. */
export async function memoryOf(program: string, settings: object): Promise<MemoryReport> {
  const args = ['--expose-gc', program, JSON.stringify(settings)];
  const { stdout } = await runNode(args, { cwd: path.join(import.meta.dirname, '../..') });
  return JSON.parse(stdout) as MemoryReport;
}
