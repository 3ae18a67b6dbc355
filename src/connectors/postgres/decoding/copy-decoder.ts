/** The decoder of a format. */
import { valueReader } from '../rows/text-values.ts';
import { BinaryDecoder } from './binary-decoder.ts';
import { binaryReader } from './binary/values.ts';
import { CsvRecords, unquoteCsv } from './csv-records.ts';
import type { CopyDecoder } from './decoder.ts';
import { LineDecoder } from './line-decoder.ts';
import type { LineFormat } from './line-decoder.ts';
import type { DecoderOptions } from './options.ts';
import { unescapeText } from './text-escapes.ts';
import { TextRecords } from './text-records.ts';

export function copyDecoder(options: DecoderOptions): CopyDecoder {
  const { format, columns, rowMode, maxRecordBytes } = options;
  const names = columns.map(({ name }) => name);
  if (format === 'binary') {
    return new BinaryDecoder({ shape: { names, rowMode, readers: columns.map(binaryReader) }, maxRecordBytes });
  }
  // Of no type whose texts are known to be ASCII: those of a file may be anything.
  const readers = columns.map(({ parse }) => valueReader(parse, 0));
  return new LineDecoder({ ...lineFormat(options), shape: { names, rowMode, readers }, maxRecordBytes });
}

function lineFormat({ format, columns, header, delimiter, quote, escape, null: nullText }: DecoderOptions): LineFormat {
  const shared = { header, null: Buffer.from(nullText) };
  const delimiterByte = delimiter.charCodeAt(0);
  if (format === 'text') {
    const records = new TextRecords(columns.length, delimiterByte);
    return { ...shared, records, plain: unescapeText };
  }
  const csv = { delimiter: delimiterByte, quote: quote.charCodeAt(0), escape: escape.charCodeAt(0) };
  const records = new CsvRecords(columns.length, csv);
  return { ...shared, records, plain: (bytes, start, end) => unquoteCsv(bytes, start, end, csv) };
}
