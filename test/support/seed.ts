/** Random numbers that can be had again: `TEST_SEED=<n>` repeats a run. */

/** Of this run. Suites that use it say it in their titles. */
export const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers in [0, 1) by mulberry32. Every stream of them is named, so that running one test alone changes none. */
export function randomNumbers(name: string, from = seed): () => number {
  let state = from;
  for (const letter of name) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `least` up to, and not including, `end`. */
export function between(random: () => number, least: number, end: number): number {
  return least + Math.floor(random() * (end - least));
}
