/** Stores that are wrong about what they keep. */
import { connectorError } from '../../../../src/errors.ts';
import type { Spoil } from '../memory.ts';
import type { Stat } from '../place.ts';
import { listing } from './broken-store.ts';
import type { BrokenStore } from './broken-store.ts';

export const brokenInKeeping: readonly BrokenStore[] = [
  {
    what: 'adds a line end to every buffer that is full',
    refusedBy: 'reads what was written, at every size around its buffers, and knows how much it is',
    spoil: ({ read }) => ({
      read: async (...asked) => {
        const bytes = await read(...asked);
        return bytes.length === 1024 ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;
      },
    }),
  },
  {
    what: 'knows another size than there are bytes',
    refusedBy: 'reads what was written, at every size around its buffers, and knows how much it is',
    spoil: ({ stat }) => ({ stat: async (...asked) => ({ ...(await stat(...asked)), size: 7 }) }),
  },
  {
    what: 'keeps the description of what it replaces',
    refusedBy: 'replaces what there was as a whole, bytes and description',
    spoil: ({ write }, names) => ({
      write(name, bytes, options) {
        const { metadata } = names.get(name) ?? {};
        return write(name, bytes, { ...(metadata === undefined ? {} : { metadata }), ...options });
      },
    }),
  },
  {
    what: 'writes over the beginning of what there was',
    refusedBy: 'replaces what there was as a whole, bytes and description',
    spoil: ({ write }, names) => ({
      write(name, bytes, options) {
        const { bytes: old = Buffer.alloc(0) } = names.get(name) ?? {};
        return write(name, Buffer.concat([bytes, old.subarray(bytes.length)]), options);
      },
    }),
  },
  {
    what: 'keeps no description',
    refusedBy: 'keeps the description that bytes are written with',
    spoil: ({ write }) => ({ write: (name, bytes) => write(name, bytes) }),
  },
  {
    what: 'has the same ETag for ever',
    refusedBy: 'has one ETag for a version wherever it is asked, and another for the next',
    spoil: everywhere((stat) => ({ ...stat, etag: 'same' }), 'same'),
  },
  {
    what: 'lists ETags in other words than it tells them',
    refusedBy: 'has one ETag for a version wherever it is asked, and another for the next',
    spoil: listing((stats) => stats.map((stat) => ({ ...stat, etag: `"${stat.etag}"` }))),
  },
  {
    what: 'mixes up names that are asked for at once',
    refusedBy: 'writes and reads many names at once',
    spoil: ({ read }) => {
      let last = '';
      return {
        async read(name) {
          last = name;
          await Promise.resolve();
          return read(last);
        },
      };
    },
  },
  {
    what: 'shows what it writes while it writes',
    refusedBy: 'shows one version or the other to whoever reads while it is replaced, never some of both',
    spoil: ({ write }, names) => ({
      write(name, bytes, options) {
        const kept = names.get(name);
        bytes.copy(kept?.bytes ?? Buffer.alloc(0), 0, 0, bytes.length >> 1);
        return write(name, bytes, options);
      },
    }),
  },
  {
    what: 'takes the end of a range for the first byte that is not wanted',
    refusedBy: 'reads exactly the range that it is asked for, and no further than the end',
    spoil: ({ read }) => ({
      async read(name, options) {
        const bytes = await read(name, options);
        return options?.range?.end === undefined ? bytes : bytes.subarray(0, -1);
      },
    }),
  },
  {
    what: 'has nothing to say against a range of nothing',
    refusedBy: 'refuses a range that begins behind the end',
    spoil: ({ read }) => ({ read: (name) => read(name) }),
  },
  {
    what: 'reads whichever version there is',
    refusedBy: 'reads only the version that it is asked for',
    spoil: ({ read }) => ({
      read: (name, { range = {} } = {}) => read(name, { range }),
    }),
  },
  {
    what: 'replaces what was not to be replaced',
    refusedBy: 'replaces nothing when it is asked not to',
    spoil: ({ write }) => ({ write: (name, bytes, options) => write(name, bytes, { ...options, ifAbsent: false }) }),
  },
  {
    what: 'looks whether there is something, and writes then',
    refusedBy: 'lets one of several writers win who all want to be the first',
    spoil: ({ write }, names) => ({
      async write(name, bytes, { ifAbsent = false, ...options } = {}) {
        if (ifAbsent && names.has(name)) throw connectorError('ALREADY_EXISTS', 'there is something');
        return write(name, bytes, options);
      },
    }),
  },
  {
    what: 'gives no bytes for nothing',
    refusedBy: 'says of each request that there is nothing by a name, or nowhere for one',
    spoil: ({ read }) => ({ read: (...asked) => read(...asked).catch(() => Buffer.alloc(0)) }),
  },
  {
    what: 'lists nothing nowhere',
    refusedBy: 'says of each request that there is nothing by a name, or nowhere for one',
    spoil: ({ list }) => ({
      async *list(...asked) {
        try {
          yield* list(...asked);
        } catch {
          return;
        }
      },
    }),
  },
];

function everywhere(change: (stat: Stat) => Stat, etag: string): Spoil {
  return ({ write, stat, list }) => ({
    write: async (...asked) => write(...asked).then(() => etag),
    stat: async (...asked) => change(await stat(...asked)),
    async *list(...asked) {
      for await (const listed of list(...asked)) yield change(listed);
    },
  });
}
