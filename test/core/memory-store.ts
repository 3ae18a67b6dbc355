/** A store in memory behind `createRangedSource`: every request is noted, and bodies break where they are told to. */
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { createChecksum } from '../../src/core/checksum.ts';
import type { ChecksumAlgorithm } from '../../src/core/checksum.ts';
import type { StoredChecksum } from '../../src/core/whole-checksum.ts';
import { Lifecycle } from '../../src/core/lifecycle.ts';
import type { LifecycleOptions } from '../../src/core/lifecycle.ts';
import { createRangedSource } from '../../src/core/ranged-source.ts';
import type {
  RangeReader,
  RangeReply,
  RangeRequest,
  RangedOptions,
  RangedResult,
  RangedSource,
} from '../../src/core/ranged-source.ts';
import { ConnectorError, connectorError } from '../../src/errors.ts';

export interface Info {
  readonly size: number;
}

const retry = { attempts: 100, elapsedMs: 60_000, minDelayMs: 0, maxDelayMs: 0 };
const defaults = { start: 0, end: undefined, version: undefined, retry, responseMs: 5_000, idleMs: 5_000 };
const classify = (error: unknown): ConnectorError =>
  error instanceof ConnectorError ? error : connectorError('CONNECTION_LOST', 'broke', { cause: error });

/** Bytes that tell where they are. */
export const patterned = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, offset) => (offset * 7) ^ (offset >> 8)));

/** Answers each request late; its n-th body breaks after `breaks[n]` bytes. */
export class Store implements RangeReader<Info> {
  readonly requests: RangeRequest[] = [];
  delivered = 0;
  readonly #object: Buffer;
  readonly #breaks: number[];
  readonly #chunk: number;

  constructor(object: Buffer, breaks: readonly number[] = [], chunk = 3) {
    this.#object = object;
    this.#breaks = [...breaks];
    this.#chunk = chunk;
  }

  async readRange(request: RangeRequest): Promise<RangeReply<Info>> {
    this.requests.push(request);
    await turn();
    const { offset } = request;
    const length = Math.min(request.length, this.#object.length - offset);
    const bytes = this.#object.subarray(offset, offset + length);
    const body = Readable.from(this.#pieces(bytes, this.#breaks.shift()), { objectMode: false });
    return { version: 'v', totalBytes: this.#object.length, offset, length, body, info: { size: this.#object.length } };
  }

  stored(): Promise<StoredChecksum | undefined> {
    return Promise.resolve(checksumOf('crc32', [this.#object]));
  }

  classify(error: unknown): ConnectorError {
    return classify(error);
  }

  *#pieces(bytes: Buffer, breakAt = Infinity): Generator<Buffer> {
    for (let offset = 0; offset < bytes.length; offset += this.#chunk) {
      const end = Math.min(offset + this.#chunk, bytes.length, breakAt);
      this.delivered += Math.max(0, end - offset);
      if (end > offset) yield bytes.subarray(offset, end);
      if (breakAt <= end) throw new Error('reset');
    }
  }
}

/** A source over `store`: parts of 10 bytes, 3 requests at once, 100 tries without a pause. */
export function openRanged(
  store: RangeReader<Info>,
  options: Partial<RangedOptions> = {},
  life: LifecycleOptions = {},
): RangedSource<Info> {
  const { partSize = 10, concurrency = 3, maxBufferedBytes = partSize * (concurrency + 1) } = options;
  const lifecycle = new Lifecycle<RangedResult>({ connector: 'test', operation: 'read', profile: 'default' }, life);
  return createRangedSource(store, { ...defaults, ...options, partSize, concurrency, maxBufferedBytes }, lifecycle);
}

export async function drain(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What a store holds of an object that came in these pieces. */
export function checksumOf(algorithm: ChecksumAlgorithm, pieces: readonly Buffer[]): StoredChecksum {
  const of = (piece: Buffer): string => {
    const checksum = createChecksum(algorithm);
    checksum.update(piece);
    return checksum.digest();
  };
  return { algorithm, pieces: pieces.map((piece) => ({ size: piece.length, value: of(piece) })) };
}
