/** Text as UTF-8, checked on its way for what PostgreSQL cannot store. */
import type { ByteBuffer } from './byte-buffer.ts';
import { assertStorable } from './misfit.ts';

/** Below this, a loop over the characters is faster than a call into the runtime. */
const LONG_TEXT = 128;

const NO_NUL = plainCodes((character) => character !== '\0');

/** Writes a text as it is. */
export function writeUtf8(out: ByteBuffer, text: string): void {
  if (writePlain(out, text, NO_NUL)) return;
  assertStorable(text);
  putUtf8(out, text);
}

/** Writes a short text of plain characters and says so; of any other, nothing. */
export function writePlain(out: ByteBuffer, text: string, plain: Uint8Array): boolean {
  const size = text.length;
  if (size > LONG_TEXT) return false;
  out.reserve(size);
  const { bytes } = out;
  const start = out.length;
  for (let index = 0; index < size; index += 1) {
    const code = text.charCodeAt(index);
    if (plain[code] !== 1) return false;
    bytes[start + index] = code;
  }
  out.length = start + size;
  return true;
}

/** No code unit takes more than three bytes (RFC 3629). */
const MOST_BYTES = 3;

export function putUtf8(out: ByteBuffer, text: string): void {
  out.reserve(text.length <= LONG_TEXT ? MOST_BYTES * text.length : Buffer.byteLength(text));
  out.length += out.bytes.write(text, out.length, 'utf8');
}

/** By ASCII code, 1 for what may be written as it is. */
export function plainCodes(isPlain: (character: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (isPlain(String.fromCharCode(code)) ? 1 : 0));
}
