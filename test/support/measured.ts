/** The other side of `rss.ts`: what a measured program calls. */
import type { MemoryReport } from './rss.ts';

const SAMPLE_MS = 20;
/** A full collection stops everything else, so it is made only where there may be something to collect, and seldom. */
const SUSPECT_BYTES = 16 * 1024 * 1024;
const COLLECT_MS = 200;

export interface Work {
  /** Loads what is loaded on first use: packages and compiled code are no growth. */
  readonly warmUp: () => Promise<unknown>;
  /** Resolves with the bytes it moved. */
  readonly work: () => Promise<number>;
}

/** The settings that the program was started with. */
export function settings(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/**
 * Does the work, and prints how far the process grew. Sampled after collections: what is measured is what is held on
 * to, and not how long the collector waits, which depends on the machine.
 */
export async function measured({ warmUp, work }: Work): Promise<void> {
  await warmUp();
  for (let n = 0; n < 3; n += 1) globalThis.gc?.();
  const baseline = process.memoryUsage.rss();
  let peak = baseline;
  let collectedAt = 0;
  const sample = (): void => {
    globalThis.gc?.({ type: 'minor', execution: 'sync' });
    const suspect = process.memoryUsage.rss() > Math.max(peak, baseline + SUSPECT_BYTES);
    if (suspect && performance.now() - collectedAt < COLLECT_MS) return;
    if (suspect) {
      // The memory of buffers that one collection found is given back by the next at the latest.
      for (let n = 0; n < 2; n += 1) globalThis.gc?.();
      collectedAt = performance.now();
    }
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const sampling = setInterval(sample, SAMPLE_MS);
  const bytes = await work();
  clearInterval(sampling);
  const report: MemoryReport = { baseline, peak, growth: peak - baseline, bytes };
  process.stdout.write(JSON.stringify(report));
}
