/**
 * What in a text of SQL is no string, comment or quoted name (manual, "Lexical Structure"): the `:name` parameters, the
 * `$1` ones, and whether it is more than one statement. Strings are read as `standard_conforming_strings` = on has them.
 */

export interface ScannedSql {
  /** `:name`, in order; `start` is the colon, `end` is behind the name. */
  readonly names: readonly { readonly name: string; readonly start: number; readonly end: number }[];
  /** There is a `$1`. */
  readonly isNumbered: boolean;
  /** Something follows a semicolon, which may also be the body of a function. */
  readonly isScript: boolean;
}

/** One token at a time; what none of these matches is a character of its own. */
const TOKENS: readonly (readonly [kind: Kind, pattern: RegExp])[] = [
  ['space', /\s+|--[^\n\r]*/y],
  ['comment', /\/\*/y],
  ['value', /[eE]'(?:[^'\\]|''|\\[^])*(?:'|$)/y],
  ['value', /'(?:[^']|'')*(?:'|$)/y],
  ['value', /"(?:[^"]|"")*(?:"|$)/y],
  ['value', /(\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)[^]*?(?:\1|$)/uy],
  ['numbered', /\$\d+/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['value', /\d[\p{L}\p{N}_.]*/uy],
  ['colons', /::|:=/y],
  ['name', /:[\p{L}_][\p{L}\p{N}_]*/uy],
  ['end', /;/y],
];

type Kind = 'space' | 'comment' | 'value' | 'numbered' | 'word' | 'colons' | 'name' | 'end' | 'other';

export function scanSql(sql: string): ScannedSql {
  const names: { name: string; start: number; end: number }[] = [];
  let isNumbered = false;
  let isScript = false;
  let ended = false;
  /** Open brackets: whether each is that of a subscript, where a colon between two values makes a slice. */
  const brackets: boolean[] = [];
  /** Whether a value, or the name of something, ends right here. */
  let valueEnds = false;
  for (let at = 0; at < sql.length;) {
    const [kind, end] = tokenAt(sql, at);
    const text = sql.slice(at, end);
    at = end;
    if (kind === 'space' || kind === 'comment') continue;
    isScript ||= ended && kind !== 'end';
    ended ||= kind === 'end';
    isNumbered ||= kind === 'numbered';
    const wasValue = valueEnds;
    valueEnds = kind === 'value' || kind === 'numbered' || kind === 'name' || text === ')' || text === ']';
    if (kind === 'word') valueEnds = !KEYWORDS.has(text.toUpperCase());
    if (text === '[') brackets.push(wasValue);
    if (text === ']') brackets.pop();
    if (kind !== 'name') continue;
    if (brackets.at(-1) === true && wasValue) continue;
    names.push({ name: text.slice(1), start: end - text.length, end });
  }
  return { names, isNumbered, isScript };
}

/** Words after which a value begins, in a subscript too. */
const KEYWORDS: ReadonlySet<string> = new Set(
  'AND OR NOT IN IS LIKE ILIKE SIMILAR BETWEEN CASE WHEN THEN ELSE SELECT DISTINCT ALL ANY SOME ARRAY FROM WHERE LIMIT OFFSET'.split(
    ' ',
  ),
);

function tokenAt(sql: string, at: number): readonly [Kind, number] {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at;
    if (!pattern.test(sql)) continue;
    return [kind, kind === 'comment' ? commentEnd(sql, at) : pattern.lastIndex];
  }
  return ['other', at + 1];
}

/** Block comments nest. */
function commentEnd(sql: string, start: number): number {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = start;
  let depth = 0;
  for (let edge = edges.exec(sql); edge !== null; edge = edges.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return edges.lastIndex;
  }
  return sql.length;
}
