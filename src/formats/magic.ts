/** Tells formats apart by their first bytes. Brotli has no magic number, so it is never recognised. */

/** Bytes enough to tell every format that has a magic number. */
export const MAGIC_LENGTH = 4;

const ZSTD = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);

/**
 * The format whose magic number `head` begins with (gzip: RFC 1952 section 2.3.1; zstd and its skippable frames: RFC 8878
 * section 3.1), `'plain'` if there is none, or `undefined` while `head` is too short to tell.
 */
export function sniff(head: Buffer): 'gzip' | 'zstd' | 'plain' | undefined {
  if (startsAs(head, 2, (byte, at) => byte === (at === 0 ? 0x1f : 0x8b))) return head.length < 2 ? undefined : 'gzip';
  if (startsAs(head, 4, (byte, at) => byte === ZSTD[at])) return head.length < 4 ? undefined : 'zstd';
  if (startsAs(head, 4, isSkippableMagic)) return head.length < 4 ? undefined : 'zstd';
  return head.length === 0 ? undefined : 'plain';
}

function isSkippableMagic(byte: number, at: number): boolean {
  return at === 0 ? byte >> 4 === 5 : byte === [0, 0x2a, 0x4d, 0x18][at];
}

function startsAs(head: Buffer, length: number, fits: (byte: number, at: number) => boolean): boolean {
  return head.subarray(0, length).every(fits);
}

/** Why `input` is not what was expected, for an error: a format's name at most, never its bytes. */
export function notA(expected: 'gzip' | 'zstd', input: Buffer): string {
  const found = sniff(input);
  if (found === undefined || found === 'plain')
    return `the input is not ${expected}: use decompress() if it may be plain`;
  return `the input is not ${expected} (it starts with the ${found} magic number): use decompress()`;
}
