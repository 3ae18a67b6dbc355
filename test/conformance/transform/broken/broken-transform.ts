/** A transform that is wrong in one thing, and the promise that must refuse it. */
import type { Transform } from 'node:stream';
import type { Broken } from '../../broken.ts';
import type { Spoil } from '../memory.ts';

export type BrokenTransform = Broken<Spoil>;

/** Does something else with every chunk, or with its rest at the end. */
export function gives(
  change: (chunk: Buffer, count: number, transform: Transform) => Buffer,
  atEnd?: (transform: Transform) => void,
): Spoil {
  return {
    options: (right) => {
      let count = 0;
      return {
        transform(chunk: Buffer, encoding, done) {
          count += 1;
          right.transform.call(this, change(chunk, count, this), encoding, done);
        },
        flush(done) {
          atEnd?.(this);
          done();
        },
      };
    },
  };
}
