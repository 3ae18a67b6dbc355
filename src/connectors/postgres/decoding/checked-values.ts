/**
 * Values of text that may not be the server's own, such as a file's: the readers of the wire's bytes take what they are
 * given for well-formed, so each is used where that was seen, and node-postgres' parser has its say about the rest.
 */
import { OID } from '../built-in-types.ts';
import { readText } from '../rows/raw-row.ts';
import type { TextParser, ValueReader } from '../rows/raw-row.ts';
import { valueReader } from '../rows/text-values.ts';
import { ownParser } from '../rows/own-parsers.ts';

/** The reader that gives what `parse` gives for the text, whatever that is. */
export function checkedReader(parse: TextParser): ValueReader {
  // Of no type whose texts are known to be ASCII: those of a file may be anything.
  const read = valueReader(parse, 0);
  const isUsual = CHECKS.find(([oid]) => parse === ownParser(oid))?.[1];
  if (isUsual === undefined) return read;
  return (row, start, end) =>
    isUsual(row.bytes, start, end) ? read(row, start, end) : parse(readText(row, start, end));
}

const MINUS = 0x2d;
const ZERO = 0x30;
const DATE_LENGTH = 10;
const TIME_LENGTH = 19;
/** Of `2026-11-20 12:34:56`. */
const DIGITS = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];
/** As many as every integer of the server has at most. */
const MOST_DIGITS = 10;

type Check = (bytes: Buffer, start: number, end: number) => boolean;

/** By a type that each parser stands for. */
const CHECKS: readonly (readonly [oid: number, isUsual: Check])[] = [
  [OID.bool, (bytes, start, end) => end === start + 1 && (bytes[start] === 0x74 || bytes[start] === 0x66)],
  [OID.int4, isInteger],
  [OID.float8, isNumber],
  [OID.timestamptz, isTime],
];

function isInteger(bytes: Buffer, start: number, end: number): boolean {
  const from = bytes[start] === MINUS ? start + 1 : start;
  if (end <= from || end - from > MOST_DIGITS) return false;
  for (let at = from; at < end; at += 1) if (!isDigit(bytes[at])) return false;
  return true;
}

/** What begins like a number: the reader itself minds the rest. */
function isNumber(bytes: Buffer, start: number, end: number): boolean {
  const from = bytes[start] === MINUS ? start + 1 : start;
  return from < end && isDigit(bytes[from]);
}

/** A date, or a date and a time: the digits are where they must be, and the reader itself minds what is between them. */
function isTime(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length !== DATE_LENGTH && length < TIME_LENGTH) return false;
  for (const at of DIGITS) {
    if (at >= length) return true;
    if (!isDigit(bytes[start + at])) return false;
  }
  // Fraction and offset: every sign stands between digits.
  for (let at = start + TIME_LENGTH; at < end; at += 1) {
    if (!isDigit(bytes[at]) && (at + 1 === end || !isDigit(bytes[at + 1]))) return false;
  }
  return true;
}

function isDigit(byte = 0): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
