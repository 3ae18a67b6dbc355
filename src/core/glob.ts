/**
 * Globs over object keys. A key is opaque: any character may be in it, `/` alone separates segments, and nothing is
 * normalised. Braces are expanded first, as a shell does, so each rule about segments holds inside them too.
 *
 * | pattern | matches |
 * | --- | --- |
 * | `*` | any characters within one segment, but not nothing at the end of a key |
 * | `**` as a whole segment | any number of segments, none included; at the end, whatever is below; elsewhere as `*` |
 * | `?` | one character but `/` |
 * | `[a-z_]`, `[!a-z]`, `[^a-z]` | one character but `/`, of the set or outside of it |
 * | `{a,b}` | either; may be nested and empty; without a comma the braces are literal |
 * | `\` and a character | that character |
 *
 * A segment that begins with `.` is matched only by a pattern that has the `.` there: temporary objects are dotted siblings.
 */

import { connectorError } from '../errors.ts';
import { STAR, alternative, segmentsOf } from './glob-match.ts';
import type { Glyph } from './glob-match.ts';

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
 * A predicate over whole keys, whose time grows at most with the length of the key times that of all alternatives.
 *
 * @throws ConfigError `CONFIG_INVALID` for a pattern over 4,096 characters, 1,024 alternatives or 65,536 characters of all
 * alternatives, and for a range such as `[z-a]`.
 */
export function globMatcher(pattern: string): (key: string) => boolean {
  const alternatives = expandBraces(pattern);
  if (alternatives.reduce((sum, { length }) => sum + length, 0) > MAX_EXPANDED_LENGTH) {
    throw connectorError('CONFIG_INVALID', `the alternatives of a glob have at most ${MAX_EXPANDED_LENGTH} characters`);
  }
  const matchers = alternatives.map((tokens) => alternative(tokens.map(glyphOf)));
  return (key) => {
    const segments = segmentsOf(key);
    return matchers.some((matches) => matches(segments));
  };
}

/**
 * A predicate over directories, without a `/` at the end: whether a key below one may match. For stores that list
 * directory by directory.
 *
 * @throws ConfigError `CONFIG_INVALID` as {@link globMatcher}.
 */
export function globDirectories(pattern: string): (directory: string) => boolean {
  const heads = expandBraces(pattern).map(directoryGlyphs);
  return (directory) => {
    const segments = segmentsOf(directory);
    return heads.some(({ segments: head, isOpen }) => {
      if (segments.length > head.length && !isOpen) return false;
      const known = head.slice(0, segments.length);
      return known.length === 0 || alternative(joined(known))(segments.slice(0, known.length));
    });
  };
}

/** The pattern that matches exactly this key. */
export function escapeGlob(key: string): string {
  return key.replace(/[\\*?[\]{},]/g, '\\$&');
}

const MAX_PATTERN_LENGTH = 4_096;
const MAX_ALTERNATIVES = 1_024;
const MAX_EXPANDED_LENGTH = 65_536;

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

function glyphOf({ kind, text }: Token): Glyph {
  if (kind === 'set') return oneOf(text);
  if (kind === 'wildcard') return text === '*' ? STAR : () => true;
  return text;
}

/** The segments of a pattern above that of the key's own name, as far as `**`, from which on any may come. */
function directoryGlyphs(tokens: readonly Token[]): { readonly segments: Glyph[][]; readonly isOpen: boolean } {
  const segments: Glyph[][] = [[]];
  for (const glyph of tokens.map(glyphOf)) {
    if (glyph === '/') segments.push([]);
    else segments.at(-1)?.push(glyph);
  }
  const stars = segments.findIndex((segment) => segment.length === 2 && segment.every((glyph) => glyph === STAR));
  return stars === -1
    ? { segments: segments.slice(0, -1), isOpen: false }
    : { segments: segments.slice(0, stars), isOpen: true };
}

const joined = (segments: readonly Glyph[][]): Glyph[] =>
  segments.flatMap((segment, index) => (index === 0 ? segment : ['/', ...segment]));

function oneOf(source: string): (char: string) => boolean {
  // `u`: one character is one code point, also outside of the basic plane.
  const expression = new RegExp(source, 'u');
  return (char) => expression.test(char);
}
