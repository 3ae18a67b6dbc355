/** Whole numbers, decimals and truth. */
import type { Writer } from './cursor.ts';

const HEAD_BYTES = 8;
const [POSITIVE, NEGATIVE] = [0, 0x4000] as const;
const SPECIAL: Readonly<Partial<Record<number, string>>> = { 0xc000: 'NaN', 0xd000: 'Infinity', 0xf000: '-Infinity' };

export const int2: Writer = (value) => String(value.int16());
export const int4: Writer = (value) => String(value.int32());
export const int8: Writer = (value) => String(value.int64());
export const oid: Writer = (value) => String(value.uint32());
export const xid8: Writer = (value) => String(value.uint64());

export const bool: Writer = (value) => (value.byte() === 0 ? 'f' : 't');

export const numeric: Writer = (value) => {
  const bytes = value.take();
  return numericText(bytes, 0, bytes.length);
};

/** Digits to the base of 10,000, of which the first has the weight `10,000 ^ weight`, and the decimals to show (`numeric_send`). */
export function numericText(bytes: Buffer, start: number, end: number): string {
  if (end - start < HEAD_BYTES) throw new RangeError('a number without its head');
  const count = bytes.readUInt16BE(start);
  const weight = bytes.readInt16BE(start + 2);
  const sign = bytes.readUInt16BE(start + 4);
  const scale = bytes.readUInt16BE(start + 6);
  if (end - start !== HEAD_BYTES + 2 * count) throw new RangeError('another number of digits');
  if (sign !== POSITIVE && sign !== NEGATIVE) return SPECIAL[sign] ?? unknownSign();
  let whole = '';
  let fraction = weight < -1 ? '0000'.repeat(-weight - 1) : '';
  for (let index = 0; index < count; index += 1) {
    const digits = bytes.readUInt16BE(start + HEAD_BYTES + 2 * index);
    if (index > weight) fraction += fourDigits(digits);
    else whole += index === 0 ? String(digits) : fourDigits(digits);
  }
  if (whole !== '' && count <= weight) whole += '0000'.repeat(weight + 1 - count);
  const decimals = scale === 0 ? '' : `.${fraction.slice(0, scale).padEnd(scale, '0')}`;
  return `${sign === NEGATIVE ? '-' : ''}${whole === '' ? '0' : whole}${decimals}`;
}

function fourDigits(value: number): string {
  if (value >= 10_000) throw new RangeError('a digit beyond the base');
  return String(10_000 + value).slice(1);
}

function unknownSign(): never {
  throw new RangeError('an unknown sign');
}
