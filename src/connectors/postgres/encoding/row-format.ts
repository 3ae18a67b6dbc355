/** The three forms of COPY's data, as pieces that go before, between and after values (manual, "COPY", File Formats). */
import type { EncodedColumn } from './column-type.ts';
import { writeEscaped } from './text-cells.ts';
import { textWriter } from './text-values.ts';
import type { WriteValue } from './text-values.ts';

export interface RowFormat {
  /** Before the first row. */
  readonly head: Buffer;
  /** Before the first value of a row, and before every other. */
  readonly start: Buffer;
  readonly separator: Buffer;
  readonly null: Buffer;
  /** After a row. */
  readonly end: Buffer;
  /** After the last row. */
  readonly tail: Buffer;
  /** By column. */
  readonly writers: readonly WriteValue[];
}

const NOTHING = Buffer.alloc(0);

export function textFormat(columns: readonly EncodedColumn[]): RowFormat {
  return {
    ...{ head: NOTHING, start: NOTHING, tail: NOTHING },
    separator: Buffer.from('\t'),
    null: Buffer.from('\\N'),
    end: Buffer.from('\n'),
    writers: columns.map(({ type }) => textWriter(type, writeEscaped)),
  };
}
