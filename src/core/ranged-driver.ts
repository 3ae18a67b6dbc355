/**
 * Ordered, parallel reading of one version, resumed at the exact byte.
 * Invariant: the bytes requested and not yet consumed never exceed `maxBufferedBytes`, so a slow consumer needs no
 * pause on the wire and cannot be mistaken for a stalled server.
 */
import { connectorError } from '../errors.ts';
import type { ConnectorError } from '../errors.ts';
import { attempt, bounded } from './deadline.ts';
import type { Lifecycle } from './lifecycle.ts';
import { RangedPart, evenPart } from './ranged-part.ts';
import type { RangeReader, RangeReply, RangedOptions, RangedResult } from './ranged-source.ts';
import { RangedWindow } from './ranged-window.ts';
import type { RangedHost } from './ranged-window.ts';
import { discard, receive } from './receive.ts';
import { withRetry } from './retry.ts';
import type { SourceDriver } from './source.ts';
import { WholeChecksum } from './whole-checksum.ts';

/** What a reader may use of its stream's lifecycle. */
export type RangedLifecycle = Pick<Lifecycle<unknown>, 'open' | 'deadline' | 'operation' | 'retrying'>;

export class RangedDriver<I> implements SourceDriver<RangedResult> {
  readonly #info = Promise.withResolvers<I>();
  readonly #reader: RangeReader<I>;
  readonly #options: RangedOptions;
  readonly #lifecycle: RangedLifecycle;
  readonly #host: RangedHost;
  readonly #window: RangedWindow;
  readonly #stopped = new AbortController();
  readonly #parts: RangedPart[] = [];
  readonly #downloads = new Set<Promise<void>>();
  readonly #checksum: WholeChecksum;
  #version: string | undefined;
  #total: number | undefined;
  #learned = false;
  #partSize: number;
  #next: number;
  #end: number;
  #lent = 0;
  #requests = 0;
  #retries = 0;
  #bytes = 0;
  #failure: ConnectorError | undefined;
  #wake: (() => void) | undefined;

  constructor(reader: RangeReader<I>, options: RangedOptions, lifecycle: RangedLifecycle, host: RangedHost) {
    this.#reader = reader;
    this.#options = options;
    this.#partSize = Math.min(options.partSize, options.maxBufferedBytes);
    this.#checksum = new WholeChecksum(reader);
    this.#lifecycle = lifecycle;
    this.#host = host;
    this.#window = options.window ?? new RangedWindow(options.concurrency, options.maxBufferedBytes);
    this.#version = options.version;
    this.#total = options.size;
    this.#next = options.start;
    this.#end = Math.min(options.end === undefined ? Infinity : options.end + 1, options.size ?? Infinity);
    // Nobody needs to have asked.
    this.#info.promise.catch(() => undefined);
  }

  get totalBytes(): number | undefined {
    return this.#total === undefined ? undefined : Math.max(0, Math.min(this.#end, this.#total) - this.#options.start);
  }

  /** Whether every byte there is has been asked for. */
  get requested(): boolean {
    return this.#total !== undefined && this.#next >= this.#end;
  }

  async pull(): Promise<Buffer | undefined> {
    this.#window.release(this.#lent);
    this.#lent = 0;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      this.#room();
      const part = this.#parts[0];
      if (part === undefined && this.requested) return this.#verify();
      // Bytes go out once it is known what they are compared with; meanwhile the parts come in.
      if (this.#checksum.isAwaited) await this.#checksum.arrived().catch((error: unknown) => this.#fails(error));
      const chunk = part?.take();
      if (chunk !== undefined) return this.#lend(chunk);
      if (part?.isConsumed === true && this.#learned) this.#parts.shift();
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The object's properties; opens it, for a caller who wants them before the bytes. */
  info(): Promise<I> {
    try {
      this.#lifecycle.open();
      this.fill();
    } catch (error) {
      this.#info.reject(error);
    }
    return this.#info.promise;
  }

  result(): RangedResult {
    const { durationMs } = this.#lifecycle.operation;
    return { bytes: this.#bytes, durationMs, requests: this.#requests, retries: this.#retries };
  }

  classify(error: unknown): ConnectorError {
    return this.#reader.classify(error);
  }

  async abort(): Promise<undefined> {
    const stop = this.#lifecycle.deadline.error ?? connectorError('ABORTED', 'the reading was stopped');
    this.#stopped.abort(stop);
    this.#info.reject(stop);
    await Promise.allSettled(this.#downloads);
    for (const part of this.#parts) this.#window.release(part.reserved);
    this.#parts.length = 0;
    this.#window.release(this.#lent);
    this.#lent = 0;
  }

  leftover(): undefined {
    return undefined;
  }

  #lend(chunk: Buffer): Buffer {
    this.#lent = chunk.length;
    this.#checksum.update(chunk);
    this.#bytes += chunk.length;
    return chunk;
  }

  /** Requests further parts while concurrency and memory allow; until the size is known, only the first. */
  fill(): void {
    while (!this.#stopped.signal.aborted && this.#failure === undefined && this.#next < this.#end) {
      if (this.#total === undefined && this.#parts.length > 0) return;
      const length = Math.min(this.#partSize, this.#end - this.#next);
      if (!this.#window.open(length)) return;
      const part = new RangedPart(this.#next, length);
      this.#next += length;
      this.#parts.push(part);
      this.#start(part);
      this.#changed();
    }
  }

  #start(part: RangedPart): void {
    const { signal } = this.#stopped;
    const once = (): Promise<void> => attempt((cut) => this.#download(part, cut), { signal });
    const download: Promise<void> = withRetry(once, this.#options.retry, {
      ...this.#retrying(),
      onRetry: (error, attempt) => {
        this.#retries += 1;
        this.#lifecycle.retrying.onRetry(error, attempt);
      },
    })
      .catch((error: unknown) => {
        this.#failure ??= this.#reader.classify(error);
        this.#info.reject(error);
        if (!signal.aborted) this.#host.fail(error);
      })
      .finally(() => {
        this.#downloads.delete(download);
        this.#window.close();
        this.#changed();
        this.#room();
      });
    this.#downloads.add(download);
  }

  #retrying() {
    return { ...this.#lifecycle.retrying, signal: this.#stopped.signal, limiter: this.#options.limiter };
  }

  /** One try: asks for what is still missing of `part` and takes it in. */
  async #download(part: RangedPart, cut: AbortSignal): Promise<void> {
    if (part.isReceived && this.#learned) return;
    this.#requests += 1;
    const { responseMs, idleMs } = this.#options;
    try {
      const wanted = { ...part.request(this.#total), version: this.#version, signal: cut };
      const request = this.#reader.readRange(wanted);
      const reply = await bounded(request, {
        timeout: { ms: responseMs, code: 'RESPONSE_TIMEOUT', message: `no answer began for ${responseMs} ms` },
        late: ({ body }) => discard(body),
      });
      try {
        this.#check(part, reply);
      } catch (error) {
        discard(reply.body);
        throw error;
      }
      const onChunk = (chunk: Buffer): void => {
        part.put(chunk);
        this.#changed();
      };
      await receive(reply.body, { length: reply.length, idleMs, signal: cut, onChunk });
    } catch (error) {
      this.#fails(error);
    }
  }

  /** Refuses other bytes than those asked for, and an end by whoever was told of the stage; learns from the first reply. */
  #check(part: RangedPart, reply: RangeReply<I>): void {
    if (this.#version !== undefined && reply.version !== this.#version) {
      throw connectorError('OBJECT_CHANGED', 'the object was replaced while it was being read');
    }
    if (!this.#learned) this.#learn(part, reply);
    if (!part.fits(reply) || reply.totalBytes !== this.#total) {
      throw connectorError('RANGE_MISMATCH', 'the server answered with another range than was asked for');
    }
  }

  /** From the first reply: version, size, and where the checksum of the whole comes from. */
  #learn(part: RangedPart, reply: RangeReply<I>): void {
    this.#learned = true;
    this.#lifecycle.deadline.enter('transfer');
    const whole = part.length === this.#total;
    this.#version = reply.version;
    if (this.#total === undefined) {
      this.#total = reply.totalBytes;
      this.#end = Math.min(this.#end, reply.totalBytes);
      this.#window.release(part.cutTo(this.#end));
      this.#next = part.offset + part.length;
    }
    this.#partSize = evenPart(this.#end - this.#next, this.#partSize, this.#options.concurrency);
    if (whole && reply.checksum !== 'ask') this.#checksum.expect(reply.checksum);
    else if (this.#total > 0) this.#checksum.ask(reply, this.#options, this.#retrying());
    this.#info.resolve(reply.info);
    this.#room();
  }

  /** Every body ended as announced, and the whole has the checksum that the store holds. */
  async #verify(): Promise<undefined> {
    await Promise.all(this.#downloads);
    if (this.#failure !== undefined) throw this.#failure;
    this.#checksum.verify();
  }

  #fails(error: unknown): never {
    throw this.#lifecycle.deadline.error ?? this.#reader.classify(error);
  }

  #room(): void {
    if (this.#host.room === undefined) this.fill();
    else this.#host.room();
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
