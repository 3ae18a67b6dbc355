/**
 * Matching a key against one alternative of a glob, without backtracking: where a wildcard must take more, only the last
 * one is given more, which is enough. The time is bounded by the length of the pattern times that of the key.
 */

/** Any characters of a segment; as a whole segment of two, any number of segments. */
export const STAR = Symbol('*');

/** One character: itself, or a test. `/` separates segments. */
export type Glyph = string | typeof STAR | ((char: string) => boolean);

/** A key, as it is matched: the characters of its segments. */
export type Segments = readonly (readonly string[])[];

/** Cuts a key for {@link alternative}. */
export function segmentsOf(key: string): Segments {
  return key.split('/').map((segment) => Array.from(segment));
}

/** A predicate over keys for one pattern without braces. */
export function alternative(glyphs: readonly Glyph[]): (key: Segments) => boolean {
  const segments = segmentPatterns(glyphs);
  return (key) => runs(segments, key, (pattern, segment) => pattern(segment), isVisible);
}

type SegmentPattern = (segment: readonly string[]) => boolean;

/** Temporary objects are dotted siblings of what they become: only a pattern that has the `.` there matches them. */
const isVisible: SegmentPattern = ([first]) => first !== '.';

function segmentPatterns(glyphs: readonly Glyph[]): (SegmentPattern | typeof STAR)[] {
  const parts: Glyph[][] = [[]];
  for (const glyph of glyphs) {
    if (glyph === '/') parts.push([]);
    else parts.at(-1)?.push(glyph);
  }
  return parts.flatMap((part, index) => {
    const isLast = index === parts.length - 1;
    const isStars = part.length > 0 && part.every((glyph) => glyph === STAR);
    // `a/**` is what is below `a`, not `a` itself.
    if (isStars && part.length === 2) return isLast ? [isVisible, STAR] : [STAR];
    // `a/*` does not match `a/`, which marks a directory.
    if (isStars && isLast) return [(segment) => segment.length > 0 && isVisible(segment)];
    return [(segment) => (part[0] === '.' || isVisible(segment)) && runs(part, segment, isOf, () => true)];
  });
}

const isOf = (glyph: Exclude<Glyph, typeof STAR>, char: string): boolean =>
  typeof glyph === 'string' ? glyph === char : glyph(char);

/**
 * Whether `items` run through `pattern` to the end of both. `STAR` stands for any number of items that it `takes`.
 * Giving the last one more is enough, since those before it took as little as they could.
 */
function runs<P, T>(
  pattern: readonly (P | typeof STAR)[],
  items: readonly T[],
  fits: (part: P, item: T) => boolean,
  takes: (item: T) => boolean,
): boolean {
  let at = 0;
  let part = 0;
  let star = -1;
  let taken = 0;
  while (at < items.length) {
    const wanted = pattern[part];
    const item = items[at] as T;
    if (wanted === STAR) {
      star = part;
      taken = at;
      part += 1;
    } else if (wanted !== undefined && fits(wanted, item)) {
      at += 1;
      part += 1;
    } else if (star !== -1 && takes(items[taken] as T)) {
      taken += 1;
      at = taken;
      part = star + 1;
    } else return false;
  }
  while (pattern[part] === STAR) part += 1;
  return part === pattern.length;
}
