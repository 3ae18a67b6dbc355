/** Finds where a CSV header ends. Pure: the answer does not depend on how the bytes were cut into chunks. */

/** How a record ends. */
export type LineEnd = '\n' | '\r\n' | '\r';

const LF = 0x0a;
const CR = 0x0d;

/** Looks for the end of the first CSV record. Quotes toggle wherever they stand, as in Postgres' COPY; a doubled one toggles twice. */
export class HeaderEnd {
  readonly #quote: number | undefined;
  #isQuoted = false;
  #sawReturn = false;
  #bytes = 0;
  #lineEnd: LineEnd | undefined;

  /** @param quote - the quote's byte, or `undefined` if the format has none. */
  constructor(quote: number | undefined) {
    this.#quote = quote;
  }

  /** The header's line end, once it was seen. A lone CR is told from CRLF by the byte after it. */
  get lineEnd(): LineEnd | undefined {
    return this.#lineEnd;
  }

  /** Bytes of the header so far, with its line end. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where the body begins in `chunk`, or `undefined` if it does not. Not to be called after that. */
  find(chunk: Uint8Array): number | undefined {
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#sawReturn) return byte === LF ? this.#found('\r\n', at + 1) : this.#found('\r', at);
      if (byte === this.#quote) this.#isQuoted = !this.#isQuoted;
      else if (byte === LF && !this.#isQuoted) return this.#found('\n', at + 1);
      else if (byte === CR && !this.#isQuoted) this.#sawReturn = true;
    }
    this.#bytes += chunk.length;
    return undefined;
  }

  #found(lineEnd: LineEnd, bodyAt: number): number {
    this.#lineEnd = lineEnd;
    this.#bytes += bodyAt;
    return bodyAt;
  }
}

/** What must follow a body that ends with `lastByte`, so that another may be appended to it. */
export function missingLineEnd(lastByte: number, lineEnd: LineEnd): string {
  if (lastByte === LF || (lastByte === CR && lineEnd === '\r')) return '';
  return lastByte === CR && lineEnd === '\r\n' ? '\n' : lineEnd;
}
