/** What the suite of transforms asks of an implementation. */
import type { Transform } from 'node:stream';
import type { ErrorCode } from '../../../src/errors.ts';
import type { Check, Place } from '../check.ts';

/** Input that is no input of the format. */
export interface BadInput {
  readonly what: string;
  readonly input: Buffer;
  readonly code: ErrorCode;
  /** Text in it that no error may repeat. */
  readonly secret?: string;
  /** Made with other options, which rule this input out. */
  make?(): Transform;
}

export interface TransformPlace extends Place {
  transform(): Transform;
  /** Input that stands for `content(size)`, or for a part of it. Always the same. */
  input(size: number): Buffer;
  /** What the output for `input(size)` says, as `read` reads it. */
  expected(size: number): Buffer;
  /** What an output says: itself, or what somebody else's reader makes of it. */
  read(output: Buffer): Buffer;
  /** The error that no input at all is; undefined where it says nothing. */
  readonly emptyCode?: ErrorCode;
  readonly bad: readonly BadInput[];
  /** Makes transforms with options that make no sense. */
  readonly badOptions: readonly (() => Transform)[];
  /** Sizes at which buffers change hands. */
  readonly buffers: readonly number[];
  /** Several of these buffers full. */
  readonly someBytes: number;
  /** Far more bytes than it may hold, whichever way they are counted. */
  readonly manyBytes: number;
  /** The most bytes that it may take, and hold, while nobody reads. */
  readonly maxHeldBytes: number;
  /** The longest that anything which must happen may take. */
  readonly patienceMs: number;
}

export type TransformCheck = Check<TransformPlace>;
