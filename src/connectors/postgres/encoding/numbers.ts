/** Numbers as text: what `String` gives, the common ones without a string between. */
import type { ByteBuffer } from './byte-buffer.ts';

const ZERO = 0x30;
const MINUS = 0x2d;
const DOT = 0x2e;
/** Of ten digits, a sign and a point. */
const MOST_BYTES = 12;
const LARGEST = 0x7fff_ffff;

export function writeNumber(out: ByteBuffer, value: number): void {
  const size = Math.abs(value);
  if ((value | 0) === value && size <= LARGEST) writeDecimal(out, value, 0);
  else if (size < LARGEST / 100 && Math.round(size * 100) / 100 === size) writeDecimal(out, value, 2);
  else if (size < LARGEST / 1e6 && Math.round(size * 1e6) / 1e6 === size) writeDecimal(out, value, 6);
  else out.putAscii(String(value));
}

/**
 * A number of so many decimals, without the zeros at their end. No two decimals of up to 15 digits are the same double
 * (IEEE 754), so the digits found are the only short ones, which `String` finds too.
 */
function writeDecimal(out: ByteBuffer, value: number, decimals: 0 | 2 | 6): void {
  let rest = Math.round(Math.abs(value) * (decimals === 0 ? 1 : decimals === 2 ? 100 : 1e6));
  let places: number = decimals;
  for (; places > 0 && rest % 10 === 0; places -= 1) rest = (rest / 10) | 0;
  out.reserve(MOST_BYTES);
  const { bytes } = out;
  let at = out.length;
  if (value < 0) bytes[at++] = MINUS;
  let digits = places + 1;
  for (let bound = 10 ** digits; rest >= bound; bound *= 10) digits += 1;
  const end = at + digits + (places > 0 ? 1 : 0);
  const point = places > 0 ? end - places - 1 : -1;
  for (let index = end - 1; index >= at; index -= 1) {
    if (index === point) {
      bytes[index] = DOT;
      continue;
    }
    const tenth = (rest / 10) | 0;
    bytes[index] = ZERO + rest - 10 * tenth;
    rest = tenth;
  }
  out.length = end;
}
