/** Live progress on stderr: a bar on a terminal, else one plain line every two seconds. */
import { SingleBar } from 'cli-progress';
import { megabytes, rate } from './layout.ts';

export interface Task {
  readonly name: string;
  /** Bytes at the end. */
  readonly total: number;
  /** Bytes so far. */
  readonly done: () => number;
}

const BAR_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 2_000;

/** Shows progress until `work` is over, however it ends. */
export async function withProgress<T>(task: Task, work: () => Promise<T>): Promise<T> {
  const stop = process.stderr.isTTY ? drawBar(task) : printLines(task);
  try {
    return await work();
  } finally {
    stop();
  }
}

function drawBar({ name, total, done }: Task): () => void {
  const startedAt = performance.now();
  const bar = new SingleBar({
    format: `  ${name} {bar} {percentage}%  {moved} of ${megabytes(total)}  {rate}  {left} left`,
    stream: process.stderr,
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // Ours to handle: the bar must not outlive the clean-up that an interrupt starts.
    gracefulExit: false,
  });
  const payload = () => {
    const elapsed = performance.now() - startedAt;
    // The bar's own estimate follows its last few updates, and jumps about.
    const left = done() === 0 ? '?' : Math.ceil((elapsed * Math.max(0, total / done() - 1)) / 1000);
    return { moved: megabytes(done()), rate: rate(done(), elapsed), left: `${left} s` };
  };
  bar.start(total, 0, payload());
  const timer = setInterval(() => bar.update(Math.min(done(), total), payload()), BAR_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}

function printLines({ name, total, done }: Task): () => void {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const percent = Math.floor((100 * done()) / total);
    const speed = rate(done(), performance.now() - startedAt);
    console.error(`  ${name}: ${percent} %, ${megabytes(done())} of ${megabytes(total)}, ${speed}`);
  }, LINE_INTERVAL_MS);
  return () => clearInterval(timer);
}
