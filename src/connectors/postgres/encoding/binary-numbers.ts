/** Numbers and booleans as their types' receive functions read them (int.c, float.c, numeric.c, bool.c). */
import type { ByteBuffer } from './byte-buffer.ts';
import { misfit } from './misfit.ts';

/** A whole number within bounds, from a number, a bigint or a text of digits. */
export function wholeNumber(value: unknown, least: bigint, most: bigint): bigint {
  const whole = toBigInt(value);
  if (whole < least || whole > most) throw misfit('is out of the range of its type');
  return whole;
}

function toBigInt(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) return BigInt(value.trim().replace(/^\+/, ''));
  throw misfit('is no whole number');
}

export function writeInt16(out: ByteBuffer, value: unknown): void {
  out.putInt16(smallNumber(value, -0x8000, 0x7fff));
}

export function writeInt32(out: ByteBuffer, value: unknown): void {
  out.putInt32(smallNumber(value, -0x8000_0000, 0x7fff_ffff));
}

export function writeUint32(out: ByteBuffer, value: unknown): void {
  out.putInt32(smallNumber(value, 0, 0xffff_ffff));
}

function smallNumber(value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  return Number(wholeNumber(value, BigInt(least), BigInt(most)));
}

export function writeInt64(out: ByteBuffer, value: unknown): void {
  if (typeof value === 'number' && Number.isSafeInteger(value)) out.putSafeInt64(value);
  else out.putInt64(wholeNumber(value, -(2n ** 63n), 2n ** 63n - 1n));
}

export function writeUint64(out: ByteBuffer, value: unknown): void {
  out.putInt64(wholeNumber(value, 0n, 2n ** 64n - 1n));
}

export function writeFloat32(out: ByteBuffer, value: unknown): void {
  const number = toFloat(value);
  const rounded = Math.fround(number);
  const isLost = Number.isFinite(number) && (!Number.isFinite(rounded) || (rounded === 0 && number !== 0));
  if (isLost) throw misfit('is out of the range of its type');
  out.putFloat32(number);
}

export function writeFloat64(out: ByteBuffer, value: unknown): void {
  out.putFloat64(toFloat(value));
}

const FLOAT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
const NOT_FINITE = /^\s*(?:(nan)|([+-]?)inf(?:inity)?)\s*$/i;

export function toFloat(value: unknown): number {
  if (typeof value === 'number') return value;
  const text = typeof value === 'bigint' ? String(value) : value;
  if (typeof text !== 'string') throw misfit('is no number');
  const special = NOT_FINITE.exec(text);
  if (special !== null) return special[1] === undefined ? Number(`${special[2] ?? ''}Infinity`) : NaN;
  if (!FLOAT.test(text)) throw misfit('is no number');
  const number = Number(text);
  if (!Number.isFinite(number)) throw misfit('is out of the range of its type');
  return number;
}

const TRUE = /^\s*(?:t|true|y|yes|on|1)\s*$/i;
const FALSE = /^\s*(?:f|false|n|no|off|0)\s*$/i;

export function writeBoolean(out: ByteBuffer, value: unknown): void {
  if (typeof value === 'boolean') out.putByte(value ? 1 : 0);
  else if ((typeof value === 'string' || typeof value === 'number') && TRUE.test(String(value))) out.putByte(1);
  else if ((typeof value === 'string' || typeof value === 'number') && FALSE.test(String(value))) out.putByte(0);
  else throw misfit('is no boolean');
}

const DECIMAL = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,6}))?\s*$/i;
/** Of numeric: digits before the point, and behind it (manual, "Numeric Types"). */
const MOST_WHOLE = 131_072;
const MOST_SCALE = 16_383;
const SIGN = { '': 0, '+': 0, '-': 0x4000 } as const;
const NAN = 0xc000;
const INFINITE = { '': 0xd000, '+': 0xd000, '-': 0xf000 } as const;

/** Digits of base 10,000, where the first one stands, the sign, and how many decimals there are to show. */
export function writeNumeric(out: ByteBuffer, value: unknown): void {
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'string') throw misfit('is no number');
  const text = String(value);
  const special = NOT_FINITE.exec(text);
  if (special !== null) {
    out.putInt32(0);
    out.putInt16(special[1] === undefined ? INFINITE[(special[2] ?? '') as keyof typeof INFINITE] : NAN);
    // Not looked at; the server's own is a part of how it marks an infinity.
    out.putInt16(special[1] === undefined ? 0x20 : 0);
    return;
  }
  const [, sign = '', before = '', behind = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (before + behind === '') throw misfit('is no number');
  const power = Number(exponent);
  const { whole, fraction } = shifted(before, behind, power);
  if (whole.length > MOST_WHOLE || fraction.length > MOST_SCALE) throw misfit('is out of the range of its type');
  const scale = Math.max(0, behind.length - power);
  const groups = grouped(whole, fraction);
  let first = 0;
  let end = groups.length;
  while (first < end && groups[first] === 0) first += 1;
  while (end > first && groups[end - 1] === 0) end -= 1;
  out.putInt16(end - first);
  out.putInt16(end === first ? 0 : Math.ceil(whole.length / 4) - 1 - first);
  out.putInt16(end === first ? 0 : SIGN[sign as keyof typeof SIGN]);
  out.putInt16(scale);
  for (let index = first; index < end; index += 1) out.putInt16(groups[index] ?? 0);
}

/** The digits before and behind the point, once that was moved. */
function shifted(before: string, behind: string, power: number): { readonly whole: string; readonly fraction: string } {
  // What is too long anyway must not be made.
  if (Math.abs(power) > 2 * MOST_WHOLE) throw misfit('is out of the range of its type');
  const digits = before + behind;
  const point = before.length + power;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '';
  const fraction = point < 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  return { whole: whole.replace(/^0+/, ''), fraction };
}

function grouped(whole: string, fraction: string): number[] {
  const digits =
    whole.padStart(4 * Math.ceil(whole.length / 4), '0') + fraction.padEnd(4 * Math.ceil(fraction.length / 4), '0');
  return Array.from({ length: digits.length / 4 }, (_, index) => Number(digits.slice(4 * index, 4 * index + 4)));
}
