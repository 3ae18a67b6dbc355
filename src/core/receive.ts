/** Takes in one body of known length: never more bytes, never silently fewer, never an endless wait. */
import type { Readable } from 'node:stream';
import { connectorError } from '../errors.ts';

export interface Receiving {
  /** Bytes the body must hold, exactly. */
  readonly length: number;
  /** The longest time without a byte. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  readonly onChunk: (chunk: Buffer) => void;
}

/** Resolves when the body has ended after exactly `length` bytes; otherwise destroys it and rejects. */
export function receive(body: Readable, { length, idleMs, signal, onChunk }: Receiving): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = length;
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
    const idle = setTimeout(() => done(connectorError('IDLE_TIMEOUT', `no byte came for ${idleMs} ms`)), idleMs);
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
      idle.refresh();
      onChunk(chunk);
    });
  });
}

/** Destroys a body that is not wanted, which may still report its broken socket. */
export function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}
