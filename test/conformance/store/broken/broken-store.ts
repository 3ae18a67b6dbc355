/** A store that is wrong in one thing, and the promise that must refuse it. */
import type { Broken } from '../../broken.ts';
import type { Spoil } from '../memory.ts';
import type { Stat } from '../place.ts';

export type BrokenStore = Broken<Spoil>;

/** Lists something else. */
export function listing(change: (stats: Stat[]) => readonly Stat[]): Spoil {
  return ({ list }) => ({
    async *list(...asked) {
      yield* change(await all(list(...asked)));
    },
  });
}

export async function all(stats: AsyncIterable<Stat>): Promise<Stat[]> {
  const found: Stat[] = [];
  for await (const stat of stats) found.push(stat);
  return found;
}
