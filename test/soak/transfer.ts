/** One transfer through the library, and everything a caller can see of how it ended. */
import { getEventListeners } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import { ConnectorError, ERROR_CODES } from '../../src/index.ts';
import type { Settled } from '../../src/index.ts';
import { CLEANUP_MS, COMMIT_MS, SLACK_MS } from './protocol.ts';
import type { Order, StreamEnd, Surroundings, TransferReport } from './protocol.ts';
import { chainOf } from './chain.ts';

/** Runs the order to its end. `signal` is the lane's own, used by all of its transfers. Never rejects. */
export async function transfer(order: Order, surroundings: Surroundings, signal: AbortSignal): Promise<TransferReport> {
  const patience = new AbortController();
  const impatience =
    order.abortAfterMs === undefined ? undefined : setTimeout(() => patience.abort(), order.abortAfterMs);
  const { source, between, sink } = chainOf(order, surroundings, signal);

  const started = performance.now();
  let error: unknown;
  try {
    await pipeline([source, ...between, sink], { signal: patience.signal });
  } catch (thrown) {
    error = thrown;
  }
  const ended = performance.now();
  clearTimeout(impatience);
  const settled = await within<readonly Settled<unknown>[]>(
    Promise.all([source.settled, sink.settled]),
    CLEANUP_MS + COMMIT_MS + SLACK_MS,
  );
  const errors = [error, ...(settled ?? []).map((each) => each.error)].filter((each) => each !== undefined);
  const listeners = settled === undefined ? 0 : getEventListeners(signal, 'abort').length;
  return {
    id: order.id,
    ms: ended - started,
    settleMs: settled === undefined ? undefined : performance.now() - ended,
    failure: error === undefined ? undefined : codeOf(error),
    source: settled?.[0] && streamEnd(settled[0]),
    sink: settled?.[1] && streamEnd(settled[1]),
    faults: [
      ...errors.flatMap(untyped),
      ...errors.flatMap((each) => talkative(each, surroundings.secrets)),
      ...(listeners === 0 ? [] : [`${listeners} listeners are left on the caller's signal`]),
    ],
  };
}

const codeOf = (error: unknown): string =>
  error instanceof ConnectorError ? error.code : error instanceof Error ? error.name : typeof error;

const streamEnd = ({ outcome, cleanup, leftover, error, result }: Settled<unknown>): StreamEnd => ({
  outcome,
  cleanup,
  leftover,
  code: error?.code,
  stage: error?.stage,
  rows: (result as { rows?: number } | undefined)?.rows,
});

/** An error is ours and of a known code, or Node's own word for an abort. */
const untyped = (error: unknown): string[] => {
  if (error instanceof Error && error.name === 'AbortError') return [];
  if (error instanceof ConnectorError && error.code !== 'UNKNOWN' && Object.hasOwn(ERROR_CODES, error.code)) return [];
  return [`an error without a type: ${inspect(error, { depth: 4 })}`];
};

const talkative = (error: unknown, secrets: readonly string[]): string[] => {
  const shown = inspect(error, { depth: 12, showHidden: true }) + JSON.stringify(error);
  return secrets.some((secret) => shown.includes(secret)) ? [`an error tells a secret: ${codeOf(error)}`] : [];
};

const within = <T>(promise: Promise<T>, ms: number): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
