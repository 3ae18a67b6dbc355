/** An upload in memory behind a sink of parts: every call is noted, and parts fail when they are told to. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { Lifecycle } from '../../src/core/lifecycle.ts';
import type { LifecycleOptions } from '../../src/core/lifecycle.ts';
import { planParts } from '../../src/core/part-plan.ts';
import { PartDriver } from '../../src/core/part-sink.ts';
import type { PartBody, PartUpload } from '../../src/core/part-sink.ts';
import type { RequestLimiter } from '../../src/core/request-limiter.ts';
import { createSink } from '../../src/core/sink.ts';
import type { Sink, SinkDriver } from '../../src/core/sink.ts';
import { ConnectorError, connectorError } from '../../src/errors.ts';
import { patterned } from './memory-store.ts';

export { patterned };

export interface Uploaded {
  readonly parts: number;
}

/** Answers late; a part fails once for every time that its index is among `failures`. */
export class Upload implements PartUpload<Uploaded> {
  readonly parts: Buffer[] = [];
  readonly calls: string[] = [];
  /** Bytes of the parts under way, now and at most. */
  inFlight = 0;
  most = 0;
  /** Parts under way, now and at most. */
  running = 0;
  mostRunning = 0;
  object: Buffer | undefined;
  /** Bytes that an object put whole took, those of its buffer that it did not fill included. */
  held = 0;
  readonly #failures: number[];
  #begun = false;

  constructor(failures: readonly number[] = []) {
    this.#failures = [...failures];
  }

  async begin(): Promise<void> {
    this.calls.push('begin');
    await turn();
    this.#begun = true;
  }

  async part({ index, bytes }: PartBody): Promise<void> {
    assert.ok(this.#begun, 'a part was sent before its upload had begun');
    this.inFlight += bytes.length;
    this.most = Math.max(this.most, this.inFlight);
    this.mostRunning = Math.max(this.mostRunning, (this.running += 1));
    const sent = Buffer.from(bytes);
    await turn();
    await turn();
    this.inFlight -= bytes.length;
    this.running -= 1;
    const failure = this.#failures.indexOf(index);
    if (failure !== -1) {
      this.#failures.splice(failure, 1);
      throw connectorError('SERVER_ERROR', 'try again');
    }
    assert.equal(sent.equals(bytes), true, 'a buffer was reused while its part was being sent');
    this.parts[index] = sent;
  }

  async commit(totalBytes: number): Promise<Uploaded> {
    this.calls.push('commit');
    await turn();
    this.object = Buffer.concat(this.parts);
    assert.equal(this.object.length, totalBytes);
    return { parts: this.parts.length };
  }

  async whole(bytes: Buffer): Promise<Uploaded> {
    this.calls.push('whole');
    await turn();
    this.object = Buffer.from(bytes);
    this.held = bytes.buffer.byteLength;
    return { parts: 1 };
  }

  async abort(): Promise<undefined> {
    this.calls.push('abort');
    await turn();
  }

  leftover(): undefined {
    return undefined;
  }

  classify(error: unknown): ConnectorError {
    return error instanceof ConnectorError ? error : connectorError('UNKNOWN', 'failed', { cause: error });
  }
}

export interface Sizes {
  readonly partSize: number;
  readonly concurrency: number;
  readonly maxBufferedBytes: number;
  readonly maxParts?: number;
  /** Default 1,000. */
  readonly maxPartSize?: number;
  readonly maxObjectSize?: number;
  /** The longest time for one part. Default 5 s. */
  readonly partMs?: number;
  readonly limiter?: RequestLimiter;
}

/** The plan of such a sink. */
export function planOf({ partSize, maxBufferedBytes, ...given }: Sizes) {
  const { maxParts = 1_000, maxPartSize = 1_000, maxObjectSize = 10_000 } = given;
  const limits = { minPartSize: 1, maxPartSize, maxParts, maxObjectSize };
  return planParts({ limits, preferredPartSize: partSize, maxPartBytes: maxBufferedBytes });
}

/** A sink over `upload`: 20 tries for each request without a pause. */
export function openUpload(
  upload: PartUpload<Uploaded>,
  sizes: Sizes,
  life: LifecycleOptions = {},
  feed: (parts: PartDriver<Uploaded>) => SinkDriver<Uploaded> = (parts) => parts,
): Sink<Uploaded> {
  const { concurrency, maxBufferedBytes, partMs = 5_000, limiter } = sizes;
  const retry = { attempts: 20, elapsedMs: 60_000, minDelayMs: 0, maxDelayMs: 0 };
  const lifecycle = new Lifecycle<Uploaded>({ connector: 'test', operation: 'write', profile: 'default' }, life);
  const options = { plan: planOf(sizes), concurrency, maxBufferedBytes, retry, limiter, partMs: () => partMs };
  return createSink({
    lifecycle,
    highWaterMark: 16,
    driver: (host) => feed(new PartDriver(upload, options, lifecycle, host)),
  });
}

/** `bytes` in chunks of these lengths, over and over. */
export function chunked(bytes: Buffer, lengths: readonly number[]): Readable {
  const pieces = function* (): Generator<Buffer> {
    for (let offset = 0, n = 0; offset < bytes.length; n += 1) {
      const length = lengths[n % lengths.length] ?? 1;
      yield bytes.subarray(offset, offset + length);
      offset += length;
    }
  };
  return Readable.from(pieces(), { objectMode: false });
}
