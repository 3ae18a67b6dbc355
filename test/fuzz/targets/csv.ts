/** The record counter and the end-of-data guard, as far as they can be told without a server; `copy` asks the servers. */
import fc from 'fast-check';
import { csvEndOfDataGuard, textEndOfDataGuard } from '../../../src/connectors/postgres/copy/end-of-data.ts';
import { recordCounter } from '../../../src/connectors/postgres/copy/record-counter.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { attempt, must } from '../broken.ts';
import { cutInto, cuts } from '../mutation.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const CODES: readonly ErrorCode[] = ['END_OF_DATA_MARKER'];

/** Few characters, so that every order of those that mean something comes up. */
export const copyBytes = fc
  .array(fc.constantFrom('"', '\n', '\r', '\r\n', ',', '\\', '.', '\\.', '\n\\.\n', 'a', "'"), { maxLength: 40 })
  .map((pieces) => Buffer.from(pieces.join('')));

export const csvDialect = fc.record({
  quote: fc.constantFrom('"', "'", 'a'),
  escape: fc.constantFrom('"', "'", '\\', 'a'),
});

const passed = (pieces: readonly Buffer[], guard: ReturnType<typeof csvEndOfDataGuard>): string =>
  Buffer.concat([...pieces.flatMap((piece) => guard.push(piece)), ...guard.end()]).toString('latin1');

export const csv: OpenTarget = () =>
  target({
    input: fc.record({
      bytes: copyBytes,
      binary: fc.uint8Array({ maxLength: 100 }),
      dialect: csvDialect,
      cuts,
      header: fc.boolean(),
    }),
    check({ bytes, binary, dialect, cuts: sizes, header }) {
      for (const format of ['csv', 'text', 'binary'] as const) {
        const input = format === 'binary' ? Buffer.from(binary) : bytes;
        const count = (pieces: readonly Buffer[]) => {
          const counter = recordCounter({ format, header, ...(format === 'csv' ? dialect : {}) });
          for (const piece of pieces) counter.push(piece);
          return counter.records();
        };
        const whole = count([input]);
        must(count(cutInto(input, sizes)) === whole, `the number of ${format} records depends on the chunks`);
        must(whole >= 0 && whole <= input.length, `${whole} records of ${input.length} bytes`);
      }
      for (const make of [() => csvEndOfDataGuard(dialect), textEndOfDataGuard]) {
        const whole = attempt(CODES, () => passed([bytes], make()));
        const cut = attempt(CODES, () => passed(cutInto(bytes, sizes), make()));
        must(JSON.stringify(whole) === JSON.stringify(cut), 'what the guard passes on depends on the chunks');
        if (!('value' in whole)) continue;
        const twice = attempt(CODES, () => passed([Buffer.from(whole.value, 'latin1')], make()));
        must('value' in twice && twice.value === whole.value, 'what the guard passed on it changes again');
      }
    },
  });
