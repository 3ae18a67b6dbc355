/** Takes in one body of known length: never more bytes, never silently fewer, never an endless wait. */
import type { Readable } from 'node:stream';
import { connectorError } from '../errors.ts';

export interface Receiving {
  /** Bytes the body must hold, exactly. */
  readonly length: number;
  /** The longest time without progress: at least one byte for each of its milliseconds. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  readonly onChunk: (chunk: Buffer) => void;
}

/** Slower than a kilobyte per second is no transfer. */
const LEAST_BYTES_PER_MS = 1;

/** Resolves when the body has ended after exactly `length` bytes; otherwise destroys it and rejects. */
export function receive(body: Readable, { length, idleMs, signal, onChunk }: Receiving): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = length;
    let sinceRefresh = 0;
    const done = (error?: Error): void => {
      clearTimeout(idle);
      signal.removeEventListener('abort', onAbort);
      body.removeAllListeners('data');
      if (error === undefined) {
        resolve();
        return;
      }
      discard(body);
      reject(error);
    };
    const truncated = (): void =>
      done(connectorError('BODY_TRUNCATED', `the body ended ${missing} bytes before the length announced`));
    const onAbort = (): void => done(signal.reason as Error);
    const stalled = (): void =>
      done(connectorError('IDLE_TIMEOUT', `no more than ${sinceRefresh} bytes came in ${idleMs} ms`));
    const idle = setTimeout(stalled, idleMs);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    body.once('error', done);
    body.once('end', () => (missing === 0 ? done() : truncated()));
    body.once('close', () => (missing === 0 ? done() : truncated()));
    body.on('data', (chunk: Buffer) => {
      missing -= chunk.length;
      if (missing < 0) {
        done(connectorError('RANGE_MISMATCH', 'the body is longer than the length announced'));
        return;
      }
      sinceRefresh += chunk.length;
      // One byte now and then would keep a clock from ever running out.
      if (sinceRefresh >= idleMs * LEAST_BYTES_PER_MS) {
        sinceRefresh = 0;
        idle.refresh();
      }
      onChunk(chunk);
    });
  });
}

/** Destroys a body that is not wanted, which may still report its broken socket. */
export function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}
