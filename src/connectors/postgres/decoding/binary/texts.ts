/** Texts, bytes, and what is text with something before it. */
import { isUtf8 } from 'node:buffer';
import type { Cursor, Writer } from './cursor.ts';

/** @throws RangeError for bytes that the server would take for no text. */
export function utf8(bytes: Buffer): string {
  if (bytes.includes(0) || !isUtf8(bytes)) throw new RangeError('bytes that are no UTF-8 text');
  return bytes.toString('utf8');
}

export const text: Writer = (value) => utf8(value.take());

/** A text behind the version of its format. */
export const versionedText: Writer = (value) => {
  if (value.byte() !== 1) throw new RangeError('another version of the format');
  return utf8(value.take());
};

/** One byte; beyond ASCII as an escape (`charout`). */
export const char: Writer = (value) => {
  const byte = value.byte();
  if (byte === 0) return '';
  return byte < 0x80 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`;
};

export const bytea: Writer = (value) => `\\x${value.take().toString('hex')}`;

export const uuid: Writer = (value) => uuidText(value.take(16).toString('hex'));

export function uuidText(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Their number, then the bits, filled up to whole bytes. */
export function bits(value: Cursor): string {
  const count = value.int32();
  if (count < 0) throw new RangeError('another number of bits');
  const digits = [...value.take(Math.ceil(count / 8))].map((byte) => byte.toString(2).padStart(8, '0'));
  return digits.join('').slice(0, count);
}
