/** Values of values as texts, taken apart again: `{a,"b"}`, `[1,5)`, `{[1,2),[3,4)}`, `(a,"b")` (manual, chapters 8.15 to 8.17). */
import { misfit } from './misfit.ts';

export interface ArrayLiteral {
  /** Nested as the dimensions are. */
  readonly values: readonly unknown[];
  /** Where each dimension begins, if not at 1. */
  readonly lowerBounds: readonly number[];
}

export function parseArray(text: string, delimiter: string): ArrayLiteral {
  const [, bounds = '', body = ''] = /^\s*((?:\[[+-]?\d+:[+-]?\d+\])+=)?(\{[^]*\})\s*$/.exec(text) ?? [];
  if (body === '') throw misfit("is no array in PostgreSQL's own form");
  const lowerBounds = Array.from(bounds.matchAll(/\[([+-]?\d+):/g), ([, bound]) => Number(bound));
  const reader = new Reader(body);
  const values = readArray(reader, delimiter);
  if (!reader.atEnd) throw misfit("is no array in PostgreSQL's own form");
  return { values, lowerBounds };
}

function readArray(reader: Reader, delimiter: string): unknown[] {
  const values: unknown[] = [];
  reader.expect('{');
  if (reader.skip('}')) return values;
  do {
    if (reader.next === '{') values.push(readArray(reader, delimiter));
    else {
      const { text, isQuoted } = reader.piece(`${delimiter}{}`);
      values.push(!isQuoted && /^null$/i.test(text.trim()) ? null : isQuoted ? text : text.trim());
    }
  } while (reader.skip(delimiter));
  reader.expect('}');
  return values;
}

export interface RangeLiteral {
  readonly isEmpty: boolean;
  readonly includesLower: boolean;
  readonly includesUpper: boolean;
  /** Undefined where there is none. */
  readonly lower?: string | undefined;
  readonly upper?: string | undefined;
}

export function parseRange(text: string): RangeLiteral {
  if (/^\s*empty\s*$/i.test(text)) return { isEmpty: true, includesLower: false, includesUpper: false };
  const reader = new Reader(text.trim());
  const range = readRange(reader);
  if (!reader.atEnd) throw misfit("is no range in PostgreSQL's own form");
  return range;
}

function readRange(reader: Reader): RangeLiteral {
  const includesLower = reader.skip('[');
  if (!includesLower) reader.expect('(');
  const lower = bound(reader, ',');
  reader.expect(',');
  const upper = bound(reader, ')]');
  const includesUpper = reader.skip(']');
  if (!includesUpper) reader.expect(')');
  return { isEmpty: false, includesLower, includesUpper, lower, upper };
}

function bound(reader: Reader, ends: string): string | undefined {
  const { text, isQuoted } = reader.piece(ends);
  return text === '' && !isQuoted ? undefined : text;
}

export function parseMultirange(text: string): RangeLiteral[] {
  const reader = new Reader(text.replaceAll(/^\s+|\s+$/g, ''));
  const ranges: RangeLiteral[] = [];
  reader.expect('{');
  if (!reader.skip('}')) {
    do ranges.push(readRange(reader));
    while (reader.skip(','));
    reader.expect('}');
  }
  if (!reader.atEnd) throw misfit("is no multirange in PostgreSQL's own form");
  return ranges;
}

/** The fields of a row; nothing at all is NULL. */
export function parseRecord(text: string): (string | null)[] {
  const reader = new Reader(text.trim());
  const fields: (string | null)[] = [];
  reader.expect('(');
  do fields.push(bound(reader, ',)') ?? null);
  while (reader.skip(','));
  reader.expect(')');
  if (!reader.atEnd) throw misfit("is no row in PostgreSQL's own form");
  return fields;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get next(): string | undefined {
    return this.#text[this.#at];
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  skip(character: string): boolean {
    if (this.next !== character) return false;
    this.#at += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.skip(character)) throw misfit("is not in PostgreSQL's own form");
  }

  /** Up to one of `ends`, which is left; what is in quotes or behind a backslash ends nothing. */
  piece(ends: string): { readonly text: string; readonly isQuoted: boolean } {
    let text = '';
    let quotes = false;
    let isQuoted = false;
    for (; this.next !== undefined; this.#at += 1) {
      const { next } = this;
      if (next === '\\') {
        this.#at += 1;
        text += this.#text[this.#at] ?? '';
        isQuoted = true;
      } else if (next === '"' && quotes && this.#text[this.#at + 1] === '"') {
        this.#at += 1;
        text += next;
      } else if (next === '"') {
        quotes = !quotes;
        isQuoted = true;
      } else if (!quotes && ends.includes(next)) break;
      else text += next;
    }
    if (quotes) throw misfit("is not in PostgreSQL's own form");
    return { text, isQuoted };
  }
}
