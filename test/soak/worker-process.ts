/** The process under test, as its parent sees it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { CLEANUP_MS, COMMIT_MS, SLACK_MS } from './protocol.ts';
import type { FromWorker, Order, Sample, Surroundings, ToWorker, TransferReport } from './protocol.ts';

export interface WorkerProcess {
  /** Everything it measured of itself so far. */
  readonly samples: readonly Sample[];
  /** Rejects when no report comes in the time that all of the library's bounds add up to: that is a hang. */
  transfer(order: Omit<Order, 'id'>): Promise<TransferReport>;
  /** Has everything closed, and waits until the process has ended by itself; `undefined`: it did not. */
  close(): Promise<Sample | undefined>;
  kill(): void;
}

const EXIT_MS = 10_000;

/** `caFile`: authorities to trust beside the system's, as a path. */
export async function startWorker(surroundings: Surroundings, caFile: string): Promise<WorkerProcess> {
  const samples: Sample[] = [];
  const waiting = new Map<number, PromiseWithResolvers<TransferReport>>();
  const ready = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<Sample>();
  let orders = 0;
  // An own heap limit: a leak of memory ends in an error, not in the machine's.
  const execArgv = ['--expose-gc', '--max-old-space-size=512'];
  const child = fork(path.join(import.meta.dirname, 'worker.ts'), {
    ...{ execArgv, serialization: 'advanced' as const },
    env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
  });
  const tell = (message: ToWorker): void => {
    if (child.connected) child.send(message);
  };
  const exited = once(child, 'exit').then(([code, signal]: unknown[]) => {
    const error = new Error(`the process under test ended (${String(code ?? signal)})`);
    for (const pending of [...waiting.values(), ready, closed]) pending.reject(error);
    return code;
  });
  for (const { promise } of [ready, closed]) promise.catch(() => undefined);
  child.on('message', (message: FromWorker) => {
    if (message.type === 'sample') samples.push(message.sample);
    else if (message.type === 'ready') ready.resolve(undefined);
    else if (message.type === 'closed') closed.resolve(message.sample);
    else waiting.get(message.report.id)?.resolve(message.report);
  });
  tell({ type: 'begin', surroundings });
  await ready.promise;
  return {
    samples,
    async transfer(order) {
      const id = (orders += 1);
      const pending = Promise.withResolvers<TransferReport>();
      waiting.set(id, pending);
      tell({ type: 'transfer', order: { ...order, id } });
      // The stream's own time, its commit and clean-up, and then the same again for what nobody bounds but us.
      const ms = order.timeoutMs + 2 * (CLEANUP_MS + COMMIT_MS) + 2 * SLACK_MS;
      const hang = setTimeout(() => pending.reject(new Error(`no end of a ${order.kind} after ${ms} ms`)), ms);
      try {
        return await pending.promise;
      } finally {
        clearTimeout(hang);
        waiting.delete(id);
      }
    },
    async close() {
      tell({ type: 'close' });
      const stuck = setTimeout(() => child.kill('SIGKILL'), EXIT_MS);
      const [last, code] = await Promise.all([closed.promise.catch(() => undefined), exited]);
      clearTimeout(stuck);
      return code === 0 ? last : undefined;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
