/** Stores that are wrong about what there is, and about requests that are given up. */
import { connectorError } from '../../../../src/errors.ts';
import type { Spoil } from '../memory.ts';
import type { Stat, Store } from '../place.ts';
import { all, listing } from './broken-store.ts';
import type { BrokenStore } from './broken-store.ts';

export const brokenInListing: readonly BrokenStore[] = [
  {
    what: 'stops after the first page',
    refusedBy: 'lists every name once, in the order of its UTF-8 bytes, over several pages',
    spoil: listing((stats) => stats.slice(0, 4)),
  },
  {
    what: 'begins every page with the last name of the one before',
    refusedBy: 'lists every name once, in the order of its UTF-8 bytes, over several pages',
    spoil: listing((stats) => stats.flatMap((stat, n) => (n % 4 === 3 ? [stat, stat] : [stat]))),
  },
  {
    what: 'orders names by their UTF-16 units',
    refusedBy: 'lists every name once, in the order of its UTF-8 bytes, over several pages',
    spoil: listing((stats) => stats.toSorted((one, other) => (one.name < other.name ? -1 : 1))),
  },
  {
    what: 'takes no notice of case',
    refusedBy: 'keeps names apart that hold odd characters',
    spoil: ({ read, write }) => ({
      read: (name, options) => read(name.replace('A', '+'), options),
      write: (name, bytes, options) => write(name.replace('A', '+'), bytes, options),
    }),
  },
  {
    what: 'takes a prefix for a part of the name',
    refusedBy: 'takes a prefix to the letter',
    spoil: ({ list }) => ({ list: (prefix, options) => list(prefix.slice(0, 1), options) }),
  },
  {
    what: 'lists sizes in blocks',
    refusedBy: 'lists of each name what it says when it is asked about it',
    spoil: listing((stats) => stats.map((stat) => ({ ...stat, size: 4_096 }))),
  },
  {
    what: 'remembers what it has listed',
    refusedBy: 'knows at once what was written and what is gone',
    spoil: ({ list }) => {
      let remembered: Stat[] | undefined;
      return {
        async *list(...asked) {
          remembered ??= await all(list(...asked));
          yield* remembered;
        },
      };
    },
  },
  {
    what: 'does not let go of a list that somebody has left',
    refusedBy: 'can be left in the middle of a list',
    spoil: ({ list }) => ({
      async *list(...asked) {
        try {
          yield* list(...asked);
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- that is what is wrong with it
          throw new Error('somebody left');
        }
      },
    }),
  },
  {
    what: 'sends what was called off',
    refusedBy: 'sends no request whose signal has fired before',
    spoil: deaf(),
  },
  {
    what: 'hears of no signal while it waits',
    refusedBy: 'gives up what it reads when its signal fires while nothing comes, and leaves nothing on it',
    spoil: deaf(),
  },
  {
    what: 'leaves a listener on a signal that never fires',
    refusedBy: 'leaves a signal alone that never fires',
    spoil: ({ stat }) => ({
      stat(name, options) {
        options?.signal?.addEventListener('abort', () => undefined);
        return stat(name, options);
      },
    }),
  },
  {
    what: 'takes a cut for the end of everything',
    refusedBy: 'says of a wire that is cut that it may be tried again, and works when it is whole',
    spoil: ({ stat }) => ({
      stat: (...asked) =>
        stat(...asked).catch((cause: unknown) => {
          throw connectorError('UNKNOWN', 'something broke', { cause });
        }),
    }),
  },
];

/** Has no ear for signals. */
function deaf(): Spoil {
  return ({ read, stat }: Store) => ({ read: (name) => read(name), stat: (name) => stat(name) });
}
