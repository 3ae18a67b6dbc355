/** What comes out of a Readable, one by one, for a fraction of what Node's own iterator costs for each. */
import { finished } from 'node:stream';
import type { Readable } from 'node:stream';

interface Waiter {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * As `Readable[Symbol.asyncIterator]()`, but `return()` waits until the stream has closed, and what is here already is
 * given without a generator in between. An error is thrown once; after it, and after the end, there is nothing more.
 */
export class Chunks implements AsyncIterableIterator<unknown, undefined, undefined> {
  readonly #stream: Readable;
  /** In the order of their calls. */
  readonly #waiting: Waiter[] = [];
  #isStarted = false;
  #isOver = false;
  #error: Error | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (!this.#isStarted) this.#start();
    if (this.#waiting.length === 0) {
      const value = this.#read();
      if (value !== null) return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (this.#isOver) this.#serve();
    });
  }

  /** Ends the stream, if it has not ended, and resolves when its clean-up is over. Leaving early is no error. */
  async return(): Promise<IteratorResult<unknown, undefined>> {
    await closed(this.#stream);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #start(): void {
    this.#isStarted = true;
    const serve = (): void => this.#serve();
    this.#stream.on('readable', serve);
    const forget = finished(this.#stream, { writable: false }, (error) => {
      forget();
      this.#stream.removeListener('readable', serve);
      this.#isOver = true;
      this.#error = error ?? undefined;
      this.#serve();
    });
  }

  /** What is here, or null. */
  #read(): unknown {
    return this.#stream.destroyed ? null : this.#stream.read();
  }

  #serve(): void {
    for (let value: unknown; this.#waiting.length > 0 && (value = this.#read()) !== null;) {
      this.#waiting.shift()?.resolve({ done: false, value });
    }
    if (!this.#isOver) return;
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#error === undefined) resolve({ done: true, value: undefined });
      else reject(this.#error);
      this.#error = undefined;
    }
  }
}

/** Ends the stream, if it has not ended, and resolves when its clean-up is over. Leaving early is no error. */
export async function closed(stream: Readable): Promise<void> {
  if (stream.closed) return;
  const close = new Promise((resolve) => stream.once('close', resolve));
  stream.destroy();
  await close;
}
