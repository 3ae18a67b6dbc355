/** COPY's bytes to rows: of all roads for a whole table the one that costs the server least. */
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { inspect } from 'node:util';
import { Chunks, closed } from '../../core/chunks.ts';
import { Turn } from '../../core/turn.ts';
import { copyDecoder } from './decoding/copy-decoder.ts';
import { decoderOptions } from './decoding/options.ts';
import type { DecodeCopyOptions } from './decoding/options.ts';

/** Rows that may wait for a reader, where one chunk of the input has so many. */
const ROWS_AT_ONCE = 64;

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
  const turn = new Turn();
  /** Of the input that is being made rows of: what is called behind its last row, if rows of it are left. */
  let pending: TransformCallback | undefined;
  let isLast = false;

  /** Some rows, whether or not one alone is wanted: it costs less to be asked seldom. */
  const give = (done: TransformCallback): void => {
    pending = undefined;
    let isWanted = true;
    try {
      for (let given = 0; isWanted || given < ROWS_AT_ONCE; given += 1) {
        if (given % ROWS_AT_ONCE === 0 && turn.isOver) {
          turn.next(() => give(done));
          return;
        }
        const row = decoder.next(isLast);
        if (row === undefined || stream.destroyed) {
          done();
          return;
        }
        isWanted = stream.push(row);
      }
      pending = done;
    } catch (error) {
      done(error as Error);
    }
  };

  const stream = new Transform({
    writableHighWaterMark: 64 * 1024,
    // Node counts rows and not their bytes. While one of a chunk waits, none is made of another.
    readableHighWaterMark: 1,
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      decoder.take(chunk);
      give(done);
    },
    flush(done) {
      isLast = true;
      give(done);
    },
    read(size) {
      if (pending !== undefined) give(pending);
      // Without a row left of this input, only the next one can give what was asked for.
      if (pending === undefined) Transform.prototype._read.call(this, size);
    },
  });
  // Rows that wait in the stream are shown to nobody.
  const shown = (): object => ({ destroyed: stream.destroyed });
  return Object.defineProperties(stream, {
    [Symbol.asyncIterator]: { value: () => new Chunks(stream) },
    [Symbol.asyncDispose]: { value: () => closed(stream) },
    ...{ [inspect.custom]: { value: shown }, toJSON: { value: shown } },
  });
}
