/** Writers of values for the text format and CSV: the common ones without a string between. */
import { types } from 'node:util';
import { OID } from '../built-in-types.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { ColumnType } from './column-type.ts';
import { writeDate } from './dates.ts';
import { writeNumber } from './numbers.ts';
import type { WriteText } from './text-cells.ts';
import { dateForm, isJson, textOf } from './value-texts.ts';

/** Writes a value that is neither null nor undefined. */
export type WriteValue = (out: ByteBuffer, value: unknown) => void;

export function textWriter(type: ColumnType | undefined, writeText: WriteText): WriteValue {
  const text = textOf(type);
  const form = dateForm(type);
  const hasDates = !isJson(type);
  const hasZeros = type?.oid === OID.float4 || type?.oid === OID.float8;
  return (out, value) => {
    if (typeof value === 'string') writeText(out, value);
    else if (typeof value === 'number' && !(hasZeros && value === 0)) writeNumber(out, value);
    else if (hasDates && types.isDate(value)) writeDate(out, value, form);
    else writeText(out, text(value));
  };
}
