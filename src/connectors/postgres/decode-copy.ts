/** COPY's bytes to rows: the fastest road for whole tables. */
import { Transform } from 'node:stream';
import { inspect } from 'node:util';
import { copyDecoder } from './decoding/copy-decoder.ts';
import { decoderOptions } from './decoding/options.ts';
import type { DecodeCopyOptions } from './decoding/options.ts';

/** Rows that may wait for a reader. */
const ROWS_AHEAD = 64;

/**
 * A Transform of COPY's text, CSV or binary bytes, such as `pgCopyTo` gives them, into rows whose values are what
 * node-postgres gives for columns of these types.
 *
 * Errors: `BAD_ROW` with the number of the row and, where it is one column's, its name; `END_OF_DATA_MARKER`.
 *
 * @throws ConfigError `CONFIG_INVALID` at once, for options that cannot be right.
 */
export function decodeCopy(options: DecodeCopyOptions): Transform {
  const decoder = copyDecoder(decoderOptions(options));
  /** Goes on when rows are wanted again. */
  let resume: (() => void) | undefined;

  /** Rows as long as they are wanted; then `done`. */
  const give = (isLast: boolean, done: (error?: Error | null) => void): void => {
    resume = undefined;
    try {
      for (let row = decoder.next(isLast); row !== undefined; row = decoder.next(isLast)) {
        if (stream.push(row)) continue;
        resume = () => give(isLast, done);
        return;
      }
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };

  const stream = new Transform({
    writableHighWaterMark: 64 * 1024,
    readableHighWaterMark: ROWS_AHEAD,
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      decoder.take(chunk);
      give(false, done);
    },
    flush: (done) => give(true, done),
    read(size) {
      resume?.();
      // Without a row of this chunk, only the next one can give what was asked for.
      if (resume === undefined) Transform.prototype._read.call(this, size);
    },
  });
  // Rows that wait in the stream are shown to nobody.
  const shown = (): object => ({ destroyed: stream.destroyed });
  return Object.defineProperties(stream, { [inspect.custom]: { value: shown }, toJSON: { value: shown } });
}
