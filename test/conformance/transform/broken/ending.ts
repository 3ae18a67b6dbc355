/** Transforms that are wrong in how they end before their end. */
import type { Transform } from 'node:stream';
import { connectorError } from '../../../../src/errors.ts';
import { gives } from './broken-transform.ts';
import type { BrokenTransform } from './broken-transform.ts';

export const brokenInEnding: readonly BrokenTransform[] = [
  ...[
    'before its first byte',
    'in the turn of its first chunk',
    'while it makes its writer wait',
    'in the turn of its end',
  ].map((when): BrokenTransform => ({
    what: `hides the error that destroys it ${when}`,
    refusedBy: `closes, with its error or without one, when it is destroyed ${when}`,
    spoil: { options: () => ({ destroy: (_error, done) => done(null) }) },
  })),
  {
    what: 'never closes when it is destroyed',
    refusedBy: 'closes, with its error or without one, when it is destroyed before its first byte',
    spoil: { options: () => ({ destroy: () => undefined }) },
  },
  {
    what: 'ends when it is destroyed',
    refusedBy: 'closes, with its error or without one, when it is destroyed while it makes its writer wait',
    spoil: { stream: (transform) => void transform.once('close', () => transform.emit('end')) },
  },
  {
    what: 'ends as if all were well when its source breaks',
    refusedBy: "passes on its source's error in a pipeline, and lets its sink end nothing",
    spoil: { stream: ignoringDestroy },
  },
  {
    what: 'survives the sink that breaks',
    refusedBy: "ends its source when a pipeline's sink breaks",
    spoil: { stream: ignoringDestroy },
  },
  {
    what: 'survives the signal of a pipeline',
    refusedBy: "is ended by a pipeline's signal, and leaves nothing on it",
    spoil: { stream: ignoringDestroy },
  },
  {
    what: 'survives its own signal',
    refusedBy: 'is ended by a signal that was added to it, and leaves nothing on it',
    spoil: { stream: ignoringDestroy },
  },
  {
    what: 'goes on when its iterator has left',
    refusedBy: 'is left by an iterator that breaks off',
    spoil: { stream: ignoringDestroy },
  },
  {
    what: 'passes bad input on',
    refusedBy: 'refuses bad input by the code it is known for, once, whatever pieces it comes in',
    spoil: gives((chunk) => Buffer.from(chunk.map((byte) => (byte === 0 ? 0x20 : byte)))),
  },
  {
    what: 'refuses bad input by an error of nobody knows whom',
    refusedBy: 'refuses bad input by the code it is known for, once, whatever pieces it comes in',
    spoil: refusingBy(() => new Error('invalid')),
  },
  {
    what: 'sees bad input only at the beginning of a chunk',
    refusedBy: 'refuses bad input by the code it is known for, once, whatever pieces it comes in',
    spoil: gives((chunk) => Buffer.from(chunk.map((byte, at) => (byte === 0 && at > 0 ? 0x20 : byte)))),
  },
  {
    what: 'says what was wrong by showing it',
    refusedBy: 'repeats nothing of its input in an error',
    spoil: refusingBy((chunk) => connectorError('BAD_ROW', `a NUL is in ${chunk.toString()}`)),
  },
  {
    what: 'carries what was wrong with its error',
    refusedBy: 'repeats nothing of its input in an error',
    spoil: refusingBy((chunk) => Object.assign(connectorError('BAD_ROW', 'a NUL'), { row: chunk })),
  },
  {
    what: 'ends at the first bad byte as if it were the last',
    refusedBy: 'lets no sink of a pipeline finish on bad input',
    spoil: {
      options: (right) => ({
        transform(chunk: Buffer, encoding, done) {
          if (chunk.includes(0)) this.push(null);
          else right.transform.call(this, chunk, encoding, done);
        },
      }),
    },
  },
];

/** Nobody can destroy it before its end. */
function ignoringDestroy(transform: Transform): void {
  const destroy = transform.destroy.bind(transform);
  transform.destroy = () => (transform.readableEnded ? destroy() : transform);
}

function refusingBy(errorOf: (chunk: Buffer) => Error): BrokenTransform['spoil'] {
  return {
    options: (right) => {
      let seen = Buffer.alloc(0);
      return {
        transform(chunk: Buffer, encoding, done) {
          seen = Buffer.concat([seen, chunk]);
          if (chunk.includes(0)) done(errorOf(seen));
          else right.transform.call(this, chunk, encoding, done);
        },
      };
    },
  };
}
