/** Backslashes of COPY's text format (Postgres manual, "COPY", "Text Format"; `CopyReadAttributesText` in copyfromparse.c). */

const BACKSLASH = 0x5c;
const ZERO = 0x30;
/** `\b \f \n \r \t \v` */
const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x76, 0x0b],
]);
const X = 0x78;

/** The bytes that a field stands for. */
export function unescapeText(bytes: Buffer, start: number, end: number): Buffer {
  const plain = Buffer.allocUnsafe(end - start);
  let length = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at++] ?? 0;
    if (byte !== BACKSLASH) {
      plain[length++] = byte;
      continue;
    }
    // At the very end of the input it escapes nothing, and the server drops it.
    if (at === end) break;
    const escaped = bytes[at++] ?? 0;
    if (octal(escaped) >= 0) {
      let value = octal(escaped);
      for (let digits = 1; digits < 3 && at < end && octal(bytes[at]) >= 0; digits += 1)
        value = value * 8 + octal(bytes[at++]);
      plain[length++] = value & 0xff;
    } else if (escaped === X && at < end && hex(bytes[at]) >= 0) {
      let value = hex(bytes[at++]);
      if (at < end && hex(bytes[at]) >= 0) value = value * 16 + hex(bytes[at++]);
      plain[length++] = value;
    } else plain[length++] = CONTROLS.get(escaped) ?? escaped;
  }
  return plain.subarray(0, length);
}

/** Of a digit; -1 where it is none. */
function octal(byte = 0): number {
  return byte >= ZERO && byte < ZERO + 8 ? byte - ZERO : -1;
}

function hex(byte = 0): number {
  if (byte >= ZERO && byte < ZERO + 10) return byte - ZERO;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
