/** A row as it came, and the texts and digits in it. */

export const MINUS = 0x2d;
export const DOT = 0x2e;
export const ZERO = 0x30;
export const NINE = 0x39;

/** A row as it came. */
export interface RawRow {
  readonly bytes: Buffer;
  /** The bytes as Latin-1, made when first asked for; undefined for a long row, which a part would keep in memory. */
  readonly text: string | undefined;
  /** Where `text` begins in `bytes`. */
  readonly start: number;
  /** All of `text` is known to be ASCII. */
  readonly isAscii: boolean;
}

/** The row that is being made. */
export interface RowInMaking extends RawRow {
  /** The column whose value is being read. */
  column: number;
}

/** Makes a value of the bytes from `start` to `end`. */
export type ValueReader = (row: RawRow, start: number, end: number) => unknown;

/** As node-postgres calls it. */
export type TextParser = (text: string) => unknown;

/** ASCII is a piece of the row's text; anything else is decoded. */
export function readText({ bytes, text, start: from, isAscii }: RawRow, start: number, end: number): string {
  if (text === undefined) return bytes.toString('utf8', start, end);
  if (isAscii) return text.substring(start - from, end - from);
  let all = 0;
  for (let at = start; at < end; at += 1) all |= bytes[at] ?? 0;
  return all < 0x80 ? text.substring(start - from, end - from) : bytes.toString('utf8', start, end);
}

/** The number that digits alone make. */
export function digits(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + (bytes[at] ?? 0) - ZERO;
  return value;
}
