/** Reads a request body, whatever becomes of it. */
import type { IncomingMessage } from 'node:http';

/** The client left before its body was whole. */
export class CutOffError extends Error {
  override readonly name = 'CutOffError';
}

/** Reads to the end, also after a failure, so that the answer finds the client listening. */
export function drain(
  message: IncomingMessage,
  onBytes: (count: number) => void,
  accept?: (chunk: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: unknown;
    message.on('data', (chunk: Buffer) => {
      onBytes(chunk.length);
      if (failure !== undefined || accept === undefined) return;
      try {
        accept(chunk);
      } catch (error) {
        failure = error;
      }
    });
    message.once('error', reject);
    message.once('close', () => reject(new CutOffError()));
    message.once('end', () => {
      if (failure === undefined) resolve();
      else reject(failure instanceof Error ? failure : new Error('body refused', { cause: failure }));
    });
    message.resume();
  });
}
