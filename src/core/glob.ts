/**
 * Globs over object keys. A key is opaque: any character may be in it, `/` alone separates segments, and nothing is
 * normalised. Braces are expanded first, as a shell does, so each rule about segments holds inside them too.
 *
 * | pattern | matches |
 * | --- | --- |
 * | `*` | any characters within one segment |
 * | `**` as a whole segment | any number of segments, none included; elsewhere as `*` |
 * | `?` | one character but `/` |
 * | `[a-z_]`, `[!a-z]`, `[^a-z]` | one character but `/`, of the set or outside of it |
 * | `{a,b}` | either; may be nested and empty; without a comma the braces are literal |
 * | `\` and a character | that character |
 *
 * The time for one key grows with the power of the number of `*` in one segment: three take some 0.1 s for a hostile key of
 * 1,024 characters, and a pattern should not have more.
 *
 * A segment that begins with `.` is matched only by a pattern that has the `.` there: temporary objects are dotted siblings.
 */

import picomatch from 'picomatch';
import { connectorError } from '../errors.ts';

/**
 * Whether a pattern holds any magic; if not, {@link globPrefix} gives the one key it stands for.
 *
 * @throws ConfigError `CONFIG_INVALID` as {@link globMatcher}.
 */
export function isGlob(pattern: string): boolean {
  const alternatives = expandBraces(pattern);
  return alternatives.length > 1 || alternatives.some((tokens) => tokens.some(isMagic));
}

/**
 * The longest literal beginning of all keys that can match, without escapes: the prefix to list.
 *
 * @throws ConfigError `CONFIG_INVALID` as {@link globMatcher}.
 */
export function globPrefix(pattern: string): string {
  return expandBraces(pattern).map(literalPrefix).reduce(commonPrefix);
}

/**
 * A predicate over whole keys.
 *
 * @throws ConfigError `CONFIG_INVALID` for a pattern over 4,096 characters or 1,024 alternatives, and for a range such as `[z-a]`.
 */
export function globMatcher(pattern: string): (key: string) => boolean {
  const expressions = expandBraces(pattern).map(toExpression);
  return (key) => expressions.some((expression) => expression.test(key));
}

/** The pattern that matches exactly this key. */
export function escapeGlob(key: string): string {
  return key.replace(/[\\*?[\]{},]/g, '\\$&');
}

const MAX_PATTERN_LENGTH = 4_096;
const MAX_ALTERNATIVES = 1_024;

type Token =
  | { readonly kind: 'char'; readonly text: string }
  | { readonly kind: 'wildcard'; readonly text: '*' | '?' }
  | { readonly kind: 'set'; readonly text: string }
  | { readonly kind: 'brace'; readonly text: '{' | ',' | '}' };

const isMagic = ({ kind }: Token): boolean => kind === 'wildcard' || kind === 'set';

function tokenize(pattern: string): Token[] {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw connectorError('CONFIG_INVALID', `a glob has at most ${MAX_PATTERN_LENGTH} characters`);
  }
  const tokens: Token[] = [];
  // An escaped character, a set (whose first member may be `]`), or any one character.
  for (const [text, escaped, negation, members] of pattern.matchAll(/\\(.)|\[([!^]?)(\]?(?:\\.|[^\]\\])*)\]|./gsu)) {
    if (escaped !== undefined) tokens.push({ kind: 'char', text: escaped });
    else if (members !== undefined && members !== '') tokens.push({ kind: 'set', text: setSource(members, negation) });
    else if (text === '*' || text === '?') tokens.push({ kind: 'wildcard', text });
    else if (text === '{' || text === ',' || text === '}') tokens.push({ kind: 'brace', text });
    else tokens.push(...Array.from(text, (char) => ({ kind: 'char', text: char }) as const));
  }
  return tokens;
}

function setSource(members: string, negation = ''): string {
  const safe = members.replace(/\\(.)|[\\\][^]/gsu, (text, escaped?: string) => literalSource(escaped ?? text));
  const source = `[${negation === '' ? '' : '^'}${safe}]`;
  if (isExpression(source)) return source;
  throw connectorError('CONFIG_INVALID', 'a glob holds a range whose ends are in the wrong order');
}

function isExpression(source: string): boolean {
  try {
    return new RegExp(source, 'u').unicode;
  } catch {
    return false;
  }
}

const literalSource = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;

/** All alternatives, free of braces that mean anything. */
function expandBraces(pattern: string | readonly Token[]): Token[][] {
  const tokens = typeof pattern === 'string' ? tokenize(pattern) : pattern;
  const group = firstGroup(tokens);
  if (group === undefined) return [[...tokens]];
  const { open, commas, close } = group;
  const bounds = [open, ...commas, close];
  const choices = bounds.slice(1).flatMap((end, n) => expandBraces(tokens.slice((bounds[n] ?? 0) + 1, end)));
  const tails = expandBraces(tokens.slice(close + 1));
  if (choices.length * tails.length > MAX_ALTERNATIVES) {
    throw connectorError('CONFIG_INVALID', `the braces of a glob give at most ${MAX_ALTERNATIVES} alternatives`);
  }
  return choices.flatMap((choice) => tails.map((tail) => [...tokens.slice(0, open), ...choice, ...tail]));
}

interface BraceGroup {
  readonly open: number;
  readonly commas: readonly number[];
  readonly close: number;
}

/** The first pair of braces with a comma of its own. */
function firstGroup(tokens: readonly Token[]): BraceGroup | undefined {
  const opened: { open: number; commas: number[] }[] = [];
  let first: BraceGroup | undefined;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'brace') continue;
    if (text === '{') opened.push({ open: index, commas: [] });
    else if (text === ',') opened.at(-1)?.commas.push(index);
    else {
      const group = opened.pop();
      // An outer group closes after those inside it, and begins before them.
      if (group !== undefined && group.commas.length > 0 && (first === undefined || group.open < first.open)) {
        first = { ...group, close: index };
      }
    }
  }
  return first;
}

function literalPrefix(tokens: readonly Token[]): string {
  const magic = tokens.findIndex(isMagic);
  const literals = magic === -1 ? tokens : tokens.slice(0, magic);
  return literals.map(({ text }) => text).join('');
}

function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  const prefix = a.slice(0, length);
  // Half of a surrogate pair has no UTF-8 form.
  return prefix.isWellFormed() ? prefix : prefix.slice(0, -1);
}

/** Stand-ins are private-use characters, which picomatch takes for text. */
const FIRST_STAND_IN = 0xf0000;

/**
 * Wildcards and `/` go through picomatch; every other token travels as a stand-in and is put into the expression afterwards,
 * since picomatch drops NUL and `./`, gives quotes, `!`, `(` and `|` a meaning, and lets a set match a leading `.`.
 */
function toExpression(tokens: readonly Token[]): RegExp {
  const sources: string[] = [];
  const input = tokens.map(({ kind, text }, index) => {
    if (kind === 'wildcard' || text === '/') return text;
    const startsSegment = index === 0 || tokens[index - 1]?.text === '/';
    const source = kind === 'set' ? `(?!${startsSegment ? '[./]' : '/'})${text}` : literalSource(text);
    return String.fromCodePoint(FIRST_STAND_IN + sources.push(source) - 1);
  });
  const output = input.length === 0 ? '' : picomatch.makeRe(input.join(''), PICOMATCH_OPTIONS).source;
  const source = output.replace(/[\u{f0000}-\u{ffffd}]/gu, (char) => {
    return sources[(char.codePointAt(0) ?? 0) - FIRST_STAND_IN] ?? char;
  });
  // `s`: a key may hold line breaks. `u`: `?` is one character, also outside of the basic plane.
  return new RegExp(output === '' ? '^$' : source, 'su');
}

const PICOMATCH_OPTIONS = { dot: false, windows: false, strictSlashes: true, fastpaths: false, debug: true } as const;
