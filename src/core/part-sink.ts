/**
 * The driver of a sink that uploads parts: filled in place, sent in parallel, committed last.
 * Invariant: the bytes in parts being filled or sent never exceed `maxBufferedBytes`; as parts grow, concurrency falls.
 */
import { ConnectorError, connectorError } from '../errors.ts';
import type { Outcome } from '../errors.ts';
import { attempt, bounded } from './deadline.ts';
import type { AbortContext, Lifecycle } from './lifecycle.ts';
import { PartBuffers } from './part-buffers.ts';
import type { PartPlan } from './part-plan.ts';
import type { Admission, RequestLimiter } from './request-limiter.ts';
import { withRetry } from './retry.ts';
import type { RetryHooks, RetryPolicy } from './retry.ts';
import type { Leftover } from './settlement.ts';
import type { SinkDriver, SinkHost } from './sink.ts';

export interface PartBody {
  /** Counted from 0. */
  readonly index: number;
  /** Of the part's first byte in the object. */
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The small functions that a store supplies. All but `part` and `whole` are called at most once. */
export interface PartUpload<R> {
  /**
   * Prepares an upload in parts; not called for an object that fits in one and can be stored whole. `signal` fires when
   * it is stopped: it cuts nothing that makes what must then be removed.
   */
  begin(signal: AbortSignal): Promise<void>;
  /** Stores one part; called again with the same bytes after a retryable failure. */
  part(part: PartBody, signal: AbortSignal): Promise<void>;
  /** What comes between the last part and the commit; called again after a retryable failure. */
  seal?(totalBytes: number, signal: AbortSignal): Promise<void>;
  /** Makes the parts one durable object. */
  commit(totalBytes: number, signal: AbortSignal): Promise<R>;
  /** Stores an object that fits in one part, durably. Without it such an object is an upload of one part, or of none. */
  whole?(bytes: Buffer, signal: AbortSignal): Promise<R>;
  /** Removes everything a failed upload left; resolves with what could not be seen to be gone. */
  abort(signal: AbortSignal, outcome: Outcome): Promise<Leftover | undefined>;
  leftover(): Leftover | undefined;
  classify(error: unknown): ConnectorError;
}

export interface PartOptions {
  readonly plan: PartPlan;
  readonly concurrency: number;
  readonly maxBufferedBytes: number;
  readonly retry: RetryPolicy;
  /** Shared with all that talk to the same store. A commit that was begun, and the clean-up, do not wait for it. */
  readonly limiter?: RequestLimiter | undefined;
  /** The longest time that one request for so many bytes may take, in milliseconds. */
  readonly partMs: (bytes: number) => number;
}

/** Fills the buffer with the bytes that begin at `offset`, or rejects. */
export type ReadInto = (into: Buffer, offset: number) => Promise<void>;

/** What is left of the commit's time is for an answer. */
const REFUSED_SHARE = 0.9;

export class PartDriver<R> implements SinkDriver<R> {
  readonly #upload: PartUpload<R>;
  readonly #options: PartOptions;
  readonly #lifecycle: Lifecycle<R>;
  readonly #host: SinkHost;
  readonly #stopped = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  readonly #buffers: PartBuffers;
  #begun: Promise<void> | undefined;
  #filling: Buffer | undefined;
  #filled = 0;
  #index = 0;
  #offset = 0;
  #admission: Admission | undefined;

  constructor(upload: PartUpload<R>, options: PartOptions, lifecycle: Lifecycle<R>, host: SinkHost) {
    this.#upload = upload;
    this.#options = options;
    this.#buffers = new PartBuffers(options.maxBufferedBytes);
    this.#lifecycle = lifecycle;
    this.#host = host;
  }

  async write(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      for (let taken = 0; taken < chunk.length;) {
        let filling = this.#filling;
        if (filling === undefined || this.#filled === filling.length) {
          filling = this.#filling = await this.#withRoom(chunk.length - taken);
        }
        const copied = chunk.copy(filling, this.#filled, taken);
        this.#filled += copied;
        taken += copied;
      }
    }
  }

  /** Instead of writing: the parts are filled where they are sent from, several at once, by what can be read anywhere. */
  async fill(totalBytes: number, read: ReadInto): Promise<void> {
    while (this.#offset < totalBytes) {
      const left = totalBytes - this.#offset;
      const size = this.#options.plan.sizeAt(this.#index);
      if (this.#index === 0 && left <= size) {
        await read((this.#filling = Buffer.allocUnsafeSlow(left)), 0);
        this.#filled = left;
        return;
      }
      this.#filling = await this.#allocate(size);
      this.#filled = Math.min(size, left);
      await this.#dispatch(read);
    }
  }

  async flush(): Promise<void> {
    if (this.#begun === undefined && this.#upload.whole !== undefined) {
      // The bytes go with the commit, whose time must not pass in a queue.
      const { limiter } = this.#options;
      this.#admission = await limiter?.enter(limiter.place(), this.#stopped.signal, this.#lifecycle.retrying.onPause);
      // Let in at the very moment in which everything was given back.
      if (this.#stopped.signal.aborted) this.#admission?.leave();
      return;
    }
    if (this.#filled > 0) await this.#dispatch();
    await Promise.all(this.#sending);
    // There may have been no bytes.
    await this.#whenBegun();
    await this.#seal();
  }

  async commit(signal: AbortSignal): Promise<R> {
    const work = (): Promise<R> =>
      this.#begun === undefined && this.#upload.whole !== undefined
        ? this.#upload.whole(this.#filling?.subarray(0, this.#filled) ?? Buffer.alloc(0), signal)
        : this.#upload.commit(this.#offset, signal);
    try {
      const { retry, limiter } = this.#options;
      // A commit that is refused for so long was not done; one that is cut in the middle is unknown.
      const elapsedMs = Math.min(retry.elapsedMs, this.#lifecycle.commitMs * REFUSED_SHARE);
      const hooks = { signal, ...(this.#admission && { limiter, admission: this.#admission }) };
      return await this.#retried(work, { ...retry, elapsedMs }, hooks);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.outcome !== 'unknown') throw error;
      if (error.code === 'COMMIT_UNKNOWN') throw error;
      // Repeating the request was safe; repeating the whole operation blindly is not.
      throw connectorError('COMMIT_UNKNOWN', 'the commit was sent and its answer was lost', {
        outcome: 'unknown',
        cause: error,
      });
    }
  }

  /** Does not wait for the source: whatever it still holds back, parts in flight are cut and the upload is removed. */
  async abort({ signal, outcome }: AbortContext): Promise<Leftover | undefined> {
    this.#stopped.abort(this.#lifecycle.deadline.error ?? connectorError('ABORTED', 'the upload was stopped'));
    this.#admission?.leave();
    await Promise.allSettled([...this.#sending, this.#begun]);
    return this.#begun === undefined ? undefined : this.#upload.abort(signal, outcome);
  }

  leftover(): Leftover | undefined {
    return this.#upload.leftover();
  }

  classify(error: unknown): ConnectorError {
    return this.#upload.classify(error);
  }

  /** The part that is being filled, grown, or the next one if that is full. */
  async #withRoom(bytes: number): Promise<Buffer> {
    const size = this.#options.plan.sizeAt(this.#index);
    if (this.#filled === size) await this.#dispatch();
    if (this.#index > 0) return this.#allocate(this.#options.plan.sizeAt(this.#index));
    return this.#buffers.grown(this.#filling?.subarray(0, this.#filled), bytes, size);
  }

  /** A buffer for the next part, as soon as the memory bound allows one. */
  async #allocate(size: number): Promise<Buffer> {
    while (!this.#buffers.fits(size)) await Promise.race(this.#sending);
    return this.#buffers.take(size);
  }

  /** Sends the part that is filled, as soon as there is a free slot. */
  async #dispatch(read?: ReadInto): Promise<void> {
    const buffer = this.#filling;
    if (buffer === undefined) return;
    this.#options.plan.assertFits(this.#offset + this.#filled);
    await this.#whenBegun();
    while (this.#sending.size >= this.#options.concurrency) await Promise.race(this.#sending);
    this.#send({ index: this.#index, offset: this.#offset, bytes: buffer.subarray(0, this.#filled) }, buffer, read);
    this.#index += 1;
    this.#offset += this.#filled;
    this.#filling = undefined;
    this.#filled = 0;
  }

  /** Begins the upload where nobody has. */
  #whenBegun(): Promise<void> {
    this.#begun ??= this.#begin();
    return bounded(this.#begun, { signal: this.#stopped.signal });
  }

  async #begin(): Promise<void> {
    const { retry, limiter } = this.#options;
    const { signal } = this.#stopped;
    await this.#retried(() => this.#upload.begin(signal), retry, { signal, limiter });
    if (!signal.aborted) this.#lifecycle.deadline.enter('transfer');
  }

  async #seal(): Promise<void> {
    const { retry, limiter } = this.#options;
    const { signal } = this.#stopped;
    const once = async (): Promise<void> => this.#upload.seal?.(this.#offset, signal);
    await this.#retried(once, retry, { signal, limiter });
  }

  #send(part: PartBody, buffer: Buffer, read?: ReadInto): void {
    const { retry, limiter } = this.#options;
    const hooks = { signal: this.#stopped.signal, limiter };
    const send = (): Promise<void> => this.#retried(() => this.#sendOnce(part), retry, hooks);
    const sending: Promise<void> = (read?.(part.bytes, part.offset).then(send) ?? send()).finally(() => {
      this.#sending.delete(sending);
      this.#buffers.giveBack(buffer);
    });
    this.#buffers.lend(buffer);
    this.#sending.add(sending);
    sending.catch((error: unknown) => this.#host.fail(error));
  }

  /** One try; a try that is given up is cut, so that it no longer reads the part's buffer. */
  #sendOnce(part: PartBody): Promise<void> {
    const ms = this.#options.partMs(part.bytes.length);
    return attempt((signal) => this.#upload.part(part, signal), {
      signal: this.#stopped.signal,
      timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `part ${part.index + 1} was not answered in ${ms} ms` },
    });
  }

  #retried<T>(work: () => Promise<T>, retry: RetryPolicy, hooks: RetryHooks): Promise<T> {
    const once = async (): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw this.#upload.classify(error);
      }
    };
    return withRetry(once, retry, { ...this.#lifecycle.retrying, ...hooks });
  }
}
