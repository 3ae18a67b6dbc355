/**
 * Encodings in which the second byte of a character may be that of a backslash, a letter or a bar. A server converts the
 * input before it looks for such bytes (manual, "Character Set Support": client-only encodings), so neither must we.
 */

/** As the server compares names: letters and digits alone (`pg_encname_tbl` in encnames.c). */
const EMBEDDING: ReadonlySet<string> = new Set([
  ...['sjis', 'mskanji', 'shiftjis', 'win932', 'windows932', 'shiftjis2004'],
  ...['big5', 'win950', 'windows950', 'gbk', 'win936', 'windows936', 'gb18030'],
  ...['uhc', 'win949', 'windows949'],
]);

/** Half-width katakana of Shift JIS are of one byte. */
const KATAKANA = { first: 0xa1, last: 0xdf };

/** Is no character of ASCII. */
const MASK = 0x80;

/**
 * What tells bytes of ASCII from the second bytes of characters: chunk by chunk it gives the same bytes with the latter
 * masked. Undefined where no character holds a byte of ASCII. Four bytes of GB18030 are two pairs.
 */
export function trailByteMask(encoding = 'UTF8'): ((bytes: Buffer) => Buffer) | undefined {
  const name = encoding.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (!EMBEDDING.has(name)) return undefined;
  const isShiftJis = /jis|kanji|932/.test(name);
  const leads = (byte: number): boolean =>
    byte >= 0x80 && !(isShiftJis && byte >= KATAKANA.first && byte <= KATAKANA.last);
  let afterLead = false;
  return (bytes) => {
    const masked = Buffer.from(bytes);
    for (const [at, byte] of bytes.entries()) {
      if (afterLead) masked[at] = MASK;
      afterLead = !afterLead && leads(byte);
    }
    return masked;
  };
}
