/** Cuts one direction's bytes where rules fire. Pure: how the bytes were chunked changes nothing but the pieces. */
import type { Rule } from './plan.ts';

/** Either bytes to forward or a rule to carry out, in order. */
export type Step = { readonly bytes: Buffer } | { readonly rule: Rule };

export interface Scanner {
  /** The rules that fire before the first byte. */
  start(): Step[];
  feed(chunk: Buffer): Step[];
  /** The bytes held back because a `before` pattern might have begun in them. */
  end(): Step[];
  /** Forgets every rule that has not fired. */
  disarm(): void;
}

interface Matcher {
  readonly rule: Rule;
  readonly pattern: Uint8Array;
  readonly fallback: readonly number[];
  readonly before: boolean;
  /** How many bytes of the pattern the bytes so far end with. */
  matched: number;
}

interface Cut {
  readonly at: number;
  readonly rule: Rule;
}

/** Rules with `afterMs` are no concern of the scanner's. */
export const createScanner = (rules: readonly Rule[]): Scanner => {
  let matchers = rules.flatMap(matcherOf);
  let cuts = rules.flatMap(byteCut);
  let held: Buffer = Buffer.alloc(0);
  let total = 0;

  const match = (chunk: Buffer) => {
    for (const matcher of matchers) {
      const end = advance(matcher, chunk);
      if (end === undefined) continue;
      const last = total + end;
      cuts.push({ at: matcher.before ? last - matcher.pattern.length : last, rule: matcher.rule });
      matchers = matchers.filter((other) => other !== matcher);
    }
  };

  const release = (known: Buffer, limit: number): Step[] => {
    const base = total - known.length;
    const steps: Step[] = [];
    let from = base;
    const forwardTo = (position: number) => {
      if (position > from) steps.push({ bytes: known.subarray(from - base, position - base) });
      from = Math.max(from, position);
    };
    const due = cuts.filter(({ at }) => at <= limit).sort((a, b) => a.at - b.at);
    cuts = cuts.filter(({ at }) => at > limit);
    for (const { at, rule } of due) {
      forwardTo(at);
      steps.push({ rule });
    }
    forwardTo(limit);
    held = known.subarray(limit - base);
    return steps;
  };

  return {
    start: () => release(held, 0),
    feed(chunk) {
      match(chunk);
      total += chunk.length;
      const known = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const open = matchers.filter(({ before }) => before).map(({ matched }) => matched);
      return release(known, total - Math.max(0, ...open));
    },
    end: () => release(held, total),
    disarm() {
      matchers = [];
      cuts = [];
    },
  };
};

const byteCut = (rule: Rule): Cut[] => ('afterBytes' in rule.when ? [{ at: rule.when.afterBytes, rule }] : []);

const matcherOf = (rule: Rule): Matcher[] => {
  if (!('pattern' in rule.when)) return [];
  const pattern = Buffer.from(rule.when.pattern);
  if (pattern.length === 0) throw new RangeError('a pattern needs at least one byte');
  return [{ rule, pattern, fallback: fallbackOf(pattern), before: rule.when.before ?? false, matched: 0 }];
};

/** The position in the chunk right after the first full match (Knuth-Morris-Pratt: each byte is looked at once). */
const advance = (matcher: Matcher, chunk: Buffer): number | undefined => {
  const { pattern, fallback } = matcher;
  for (const [index, byte] of chunk.entries()) {
    matcher.matched = step(pattern, fallback, matcher.matched, byte);
    if (matcher.matched === pattern.length) return index + 1;
  }
  return undefined;
};

const step = (pattern: Uint8Array, fallback: readonly number[], matched: number, byte: number): number => {
  let length = matched;
  while (length > 0 && pattern[length] !== byte) length = fallback[length - 1] ?? 0;
  return pattern[length] === byte ? length + 1 : length;
};

const fallbackOf = (pattern: Uint8Array): readonly number[] => {
  const fallback = [0];
  for (const byte of pattern.subarray(1)) fallback.push(step(pattern, fallback, fallback.at(-1) ?? 0, byte));
  return fallback;
};
