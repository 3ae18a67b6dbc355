/** How COPY's text format and CSV write a text as the value of a column (manual, "COPY", File Formats). */
import type { ByteBuffer } from './byte-buffer.ts';
import { assertStorable } from './misfit.ts';
import { plainCodes, putUtf8, writePlain } from './utf8.ts';

/** Writes a text so that the server reads the same one. */
export type WriteText = (out: ByteBuffer, text: string) => void;

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
};

export interface TextCells {
  readonly delimiter: string;
  readonly null: string;
}

/** The text format: the characters that mean something are written with a backslash, and so is what would mean NULL. */
export function escapedText({ delimiter, null: nullText }: TextCells): WriteText {
  const special = new Set([...Object.keys(ESCAPES), delimiter]);
  const plain = plainCodes((character) => character !== '\0' && !special.has(character));
  const toEscape = new RegExp(`[\\b-\\r\\\\${delimiter.replace(/[\]^]/, '\\$&')}]`, 'g');
  return (out, text) => {
    // A backslash within a text is written as two.
    if (text === nullText && !text.includes('\\')) {
      // Of other letters the backslash would make something else.
      out.putAscii(`\\${text.charCodeAt(0).toString(8).padStart(3, '0')}`);
      putUtf8(out, text.slice(1));
      return;
    }
    if (writePlain(out, text, plain)) return;
    assertStorable(text);
    putUtf8(
      out,
      text.replace(toEscape, (character) => ESCAPES[character] ?? `\\${character}`),
    );
  };
}

export interface CsvCells extends TextCells {
  readonly quote: string;
  readonly escape: string;
}

/** CSV: a text goes into quotes where it could be taken for something else. */
export function csvText({ delimiter, quote, escape, null: nullText }: CsvCells): WriteText {
  const special = new Set([delimiter, quote, escape, '\n', '\r']);
  const plain = plainCodes((character) => character !== '\0' && !special.has(character));
  const escaped = (text: string): string => {
    const doubled = escape === quote ? text : text.replaceAll(escape, () => escape + escape);
    return `${quote}${doubled.replaceAll(quote, () => escape + quote)}${quote}`;
  };
  const isSpecial = (text: string): boolean => {
    for (const character of special) if (text.includes(character)) return true;
    return false;
  };
  return (out, text) => {
    // Alone on its line `\.` ends the data (until 18), and leading or trailing spaces are some readers' to drop.
    const isMeant = text !== nullText && text !== '\\.' && text !== '';
    if (isMeant && writePlain(out, text, plain)) return;
    assertStorable(text);
    putUtf8(out, !isMeant || isSpecial(text) ? escaped(text) : text);
  };
}
