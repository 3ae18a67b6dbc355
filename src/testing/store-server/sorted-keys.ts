/** Keys in the order of their UTF-8 bytes. Sorted when first read after a change. */

export interface SortedKeys {
  add(key: string): void;
  delete(key: string): void;
  /** The keys in order; do not keep it across a change. */
  all(): readonly string[];
  /** Index of the first key that is not less. */
  lowerBound(key: string): number;
}

export function createSortedKeys(): SortedKeys {
  const keys = new Set<string>();
  let sorted: string[] | undefined;
  const all = (): string[] => (sorted ??= [...keys].sort(compareUtf8));
  return {
    add(key) {
      keys.add(key);
      sorted = undefined;
    },
    delete(key) {
      keys.delete(key);
      sorted = undefined;
    },
    all,
    lowerBound(key) {
      const list = all();
      let low = 0;
      let high = list.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (compareUtf8(list[middle] ?? '', key) < 0) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}

/** Order of the UTF-8 encodings, without encoding: UTF-16 order but for surrogates, which stand above U+E000-U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000);
