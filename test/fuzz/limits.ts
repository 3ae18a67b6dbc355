/** What one input may cost. */
export interface RunLimits {
  /** Of processor time, in milliseconds: on a busy machine the clock on the wall is no measure of work. */
  readonly cpuMs: number;
  /** Of the clock on the wall, in milliseconds: for what waits for ever and costs nothing. */
  readonly wallMs: number;
  /** Of memory above what the process held before, in bytes. */
  readonly memoryBytes: number;
}

export const DEFAULT_LIMITS: RunLimits = { cpuMs: 1_000, wallMs: 20_000, memoryBytes: 64 * 1024 * 1024 };
