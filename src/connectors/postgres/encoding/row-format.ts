/** The three forms of COPY's data, as pieces that go before, between and after values (manual, "COPY", File Formats). */
import { connectorError } from '../../../errors.ts';
import { SIGNATURE } from '../copy/binary-format.ts';
import { binaryWriter } from './binary-values.ts';
import { ByteBuffer } from './byte-buffer.ts';
import type { EncodedColumn } from './column-type.ts';
import { sized } from './sized.ts';
import { csvText, escapedText } from './text-cells.ts';
import type { CsvCells, TextCells, WriteText } from './text-cells.ts';
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

/** As the server has it where it is told nothing else. */
const TEXT_CELLS: TextCells = { delimiter: '\t', null: '\\N' };

export function textFormat(columns: readonly EncodedColumn[], options: TextCells & Header = TEXT_CELLS): RowFormat {
  return lineFormat(columns, options, escapedText(options));
}

export function csvFormat(columns: readonly EncodedColumn[], options: CsvCells & Header): RowFormat {
  return lineFormat(columns, options, csvText(options));
}

interface Header {
  /** The first record names the columns. */
  readonly header?: boolean;
}

function lineFormat(columns: readonly EncodedColumn[], options: TextCells & Header, writeText: WriteText): RowFormat {
  const { delimiter, null: nullText, header = false } = options;
  const head = new ByteBuffer(1_024);
  if (header) {
    for (const [index, { name }] of columns.entries()) {
      if (index > 0) head.putAscii(delimiter);
      writeText(head, name);
    }
    head.putAscii('\n');
  }
  return {
    ...{ head: head.take(), start: NOTHING, tail: NOTHING },
    separator: Buffer.from(delimiter),
    null: Buffer.from(nullText),
    end: Buffer.from('\n'),
    writers: columns.map(({ type }) => textWriter(type, writeText)),
  };
}

/** The signature, and no flags or extensions (manual, "COPY", Binary Format). */
const BINARY_HEAD = Buffer.concat([SIGNATURE, Buffer.alloc(8)]);

/** @throws ConfigError `CONFIG_INVALID` naming the columns whose types have no writer. */
export function binaryFormat(columns: readonly EncodedColumn[]): RowFormat {
  const writers = columns.flatMap(({ type }) => {
    const write = type && binaryWriter(type);
    return write === undefined ? [] : [sized(write)];
  });
  if (writers.length < columns.length) throw unwritable(columns);
  const start = Buffer.alloc(2);
  start.writeUInt16BE(columns.length);
  return {
    ...{ head: BINARY_HEAD, start, separator: NOTHING, end: NOTHING, writers },
    null: Buffer.of(0xff, 0xff, 0xff, 0xff),
    tail: Buffer.of(0xff, 0xff),
  };
}

function unwritable(columns: readonly EncodedColumn[]): Error {
  const named = columns.flatMap(({ name, type }) => {
    if (type === undefined) return [`${name} (without a type)`];
    return binaryWriter(type) === undefined ? [`${name} (${type.name})`] : [];
  });
  return connectorError('CONFIG_INVALID', `the binary format cannot be written for ${named.join(', ')}: take 'text'`);
}
