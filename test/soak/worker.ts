/**
 * The process under test: nothing but the library and what a caller does with it. It is measured, so it keeps nothing;
 * servers, faults and the judgement are its parent's.
 */
import { getEventListeners } from 'node:events';
import { connect } from 'node:net';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import type { FromWorker, LeakKind, Order, Sample, Surroundings, ToWorker } from './protocol.ts';
import { transfer } from './transfer.ts';

const SAMPLE_MS = 1_000;
const LEAKED_BYTES = 512 * 1024;

const say = (message: FromWorker): void => {
  // A parent that has given up does not wait for what is still under way.
  if (process.connected) process.send?.(message);
};
const lanes = new Map<number, AbortController>();
const kept: unknown[] = [];
let surroundings: Surroundings | undefined;
let sampling: NodeJS.Timeout | undefined;

process.on('message', (message: ToWorker) => {
  if (message.type === 'begin') begin(message.surroundings);
  else if (message.type === 'transfer') void carryOut(message.order);
  else void close();
});
// Nobody is left to report to.
process.on('disconnect', () => process.exit(1));

function begin(given: Surroundings): void {
  surroundings = given;
  sampling = setInterval(() => say({ type: 'sample', sample: sample() }), SAMPLE_MS);
  say({ type: 'ready' });
}

async function carryOut(order: Order): Promise<void> {
  if (surroundings === undefined) throw new Error('an order came before the surroundings');
  let lane = lanes.get(order.lane);
  if (lane === undefined) lanes.set(order.lane, (lane = new AbortController()));
  if (surroundings.leak !== undefined) lose(surroundings.leak, lane.signal, surroundings);
  say({ type: 'report', report: await transfer(order, surroundings, lane.signal) });
}

async function close(): Promise<void> {
  clearInterval(sampling);
  await closePools();
  closeS3Clients();
  // Sockets close a turn or two after they were told to.
  const until = performance.now() + 2_000;
  while (sample().sockets > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  say({ type: 'closed', sample: sample() });
  // The channel is the last thing that holds a process that lost nothing.
  process.removeAllListeners('disconnect');
  process.disconnect();
}

function sample(): Sample {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const held = process.getActiveResourcesInfo();
  const sockets = held.filter((kind) => /^(TCP|TLS)/.test(kind)).length;
  const timers = held.filter((kind) => kind === 'Timeout').length;
  const others = held.length - sockets - timers;
  return { atMs: Date.now() - (surroundings?.startedAt ?? 0), rss, heap: heapUsed, external, sockets, timers, others };
}

/** On purpose, to see that the soak notices. */
function lose(kind: LeakKind, signal: AbortSignal, { store }: Surroundings): void {
  if (kind === 'memory') kept.push(Buffer.alloc(LEAKED_BYTES, kept.length));
  else if (kind === 'listener') signal.addEventListener('abort', () => kept.push(getEventListeners(signal, 'abort')));
  else kept.push(connect(Number(new URL(store.endpointUrl).port), '127.0.0.1').on('error', () => undefined));
}
