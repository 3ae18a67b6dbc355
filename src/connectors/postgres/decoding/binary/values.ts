/**
 * Values of the binary format: those that the text of the same value would give. The usual types with node-postgres' own
 * parsers are read from the bytes; of everything else the text is made, as the server writes it, and parsed.
 */
import { connectorError } from '../../../../errors.ts';
import type { TextParser, ValueReader } from '../../rows/raw-row.ts';
import { asText, ownParser } from '../../rows/own-parsers.ts';
import { Cursor } from './cursor.ts';
import { usualReader } from './usual-values.ts';
import { binaryWriter } from './writers.ts';

export interface BinaryColumn {
  readonly name: string;
  readonly oid: number;
  readonly parse: TextParser;
}

/** @throws ConfigError `CONFIG_INVALID` for a type whose binary form does not say what its text is. */
export function binaryReader({ name, oid, parse }: BinaryColumn): ValueReader {
  const write = binaryWriter(oid);
  if (write === undefined) {
    const message = `decodeCopy: column ${name} has a type (${oid}) that cannot be read in binary format: use text or csv`;
    throw connectorError('CONFIG_INVALID', message, { operation: 'decodeCopy', stage: 'configure', column: name });
  }
  const parsed: ValueReader = (row, start, end) => {
    const value = new Cursor(row.bytes.subarray(start, end));
    const text = write(value);
    value.end();
    return parse(text);
  };
  const isOwn = parse === asText || parse === ownParser(oid);
  return (isOwn ? usualReader(oid, parsed) : undefined) ?? parsed;
}
