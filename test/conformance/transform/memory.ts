/** A transform that keeps every promise, letters to capitals and no NUL allowed, and a handle to do each thing wrong. */
import { Transform } from 'node:stream';
import type { TransformCallback, TransformOptions } from 'node:stream';
import { connectorError } from '../../../src/errors.ts';
import type { Subject } from '../check.ts';
import { content } from './content.ts';
import type { TransformPlace } from './place.ts';

const KIB = 1024;
const HIGH_WATER_MARK = 16 * KIB;
/** Of one that is right, and of one that is known to be wrong. */
const PATIENCE_MS = { right: 5_000, broken: 400 };
const SECRET = 'very-secret';

/** What becomes of a chunk where nothing is wrong. */
export interface Right {
  transform(this: Transform, chunk: Buffer, encoding: string, done: TransformCallback): void;
}

/** What a broken transform does otherwise. */
export interface Spoil {
  /** Other methods of the stream than the right ones, which they may call. */
  readonly options?: (right: Right) => TransformOptions;
  /** Meddles with the stream when it was made, or gives another in its place. */
  readonly stream?: (transform: Transform) => unknown;
  readonly place?: Partial<TransformPlace>;
}

export function memoryTransformSubject(name: string, spoil?: Spoil): Subject<TransformPlace> {
  const patienceMs = spoil === undefined ? PATIENCE_MS.right : PATIENCE_MS.broken;
  return { name, open: () => Promise.resolve(place(spoil ?? {}, patienceMs)) };
}

function place(spoil: Spoil, patienceMs: number): TransformPlace {
  return {
    transform() {
      const right: Right = { transform: capitals };
      const transform = new Transform({ highWaterMark: HIGH_WATER_MARK, ...right, ...spoil.options?.(right) });
      const other = spoil.stream?.(transform);
      return other instanceof Transform ? other : transform;
    },
    input: content,
    expected: (size) => toCapitals(content(size)),
    read: (output) => output,
    bad: [
      { what: 'a NUL', input: Buffer.from(`${SECRET}\0`), code: 'BAD_ROW', secret: SECRET },
      { what: 'a NUL among much else', input: withNul(), code: 'BAD_ROW' },
    ],
    badOptions: [
      () => {
        throw connectorError('CONFIG_INVALID', 'no such option');
      },
    ],
    buffers: [HIGH_WATER_MARK],
    ...{ someBytes: 5 * HIGH_WATER_MARK + 7, manyBytes: 3 * KIB * KIB, maxHeldBytes: 6 * HIGH_WATER_MARK },
    patienceMs,
    assertClean: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...spoil.place,
  };
}

/** What the stream does with a chunk, not in the same turn. */
function capitals(this: Transform, chunk: Buffer, _encoding: string, done: TransformCallback): void {
  setImmediate(() => {
    if (this.destroyed) return;
    if (chunk.includes(0)) done(connectorError('BAD_ROW', 'a NUL is in the input'));
    else done(null, toCapitals(chunk));
  });
}

export function toCapitals(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte)));
}

function withNul(): Buffer {
  const bytes = Buffer.from(content(20_000));
  bytes[10_000] = 0;
  return bytes;
}
