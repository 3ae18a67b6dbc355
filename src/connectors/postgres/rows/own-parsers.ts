/** node-postgres' own parsers, by the types that they are registered for: what a type gets unless the user says otherwise. */
import { createRequire } from 'node:module';
import type { TextParser } from './raw-row.ts';

/** Of a column without a type. */
export const asText: TextParser = (text) => text;

/** The parser that node-postgres has for a type before anybody sets another; undefined where that is not known. */
export function ownParser(oid: number): TextParser | undefined {
  own ??= load();
  // Every type without a parser has that of 0, which is none.
  return own.get(oid) ?? own.get(0);
}

let own: ReadonlyMap<number, TextParser> | undefined;

function load(): ReadonlyMap<number, TextParser> {
  const parsers = new Map<number, TextParser>();
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('pg'));
    const { getTypeParser } = require('pg-types') as { getTypeParser(oid: number): TextParser };
    const { init } = require('pg-types/lib/textParsers') as {
      init(register: (oid: number, parse: TextParser) => void): void;
    };
    init((oid, parse) => parsers.set(oid, parse));
    parsers.set(0, getTypeParser(0));
  } catch {
    // Another version may keep its parsers elsewhere: then they are all asked.
  }
  return parsers;
}
