/** Bytes of any length that every subject can carry: lines that hold their own offset, so that a lost or moved one shows. */

const LINE = 128;

/** Exactly `size` bytes of ASCII in lines; the last one is shorter, and ends like all others in LF. */
export function sample(size: number): Buffer {
  const bytes = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz0123456789');
  for (let at = 0; at < size; at += LINE) {
    const end = Math.min(size, at + LINE);
    bytes.write(at.toString(36).padStart(8, '0'), at, end - 1 - at, 'latin1');
    bytes[end - 1] = 0x0a;
  }
  return bytes;
}

/** `bytes` in chunks of `size`. */
export function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}
