/** Servers that are wrong about which objects there are. */
import { deafTo, instead, saying } from './broken-server.ts';
import type { BrokenServer } from './broken-server.ts';

interface Listed {
  readonly Key: string;
}

export const brokenInListing: readonly BrokenServer[] = [
  {
    what: 'orders keys by their UTF-16 units',
    refusedBy: 'lists every key once, in the order of its UTF-8 bytes, on pages of any size',
    spoil: saying(['ListObjectsV2'], ({ Contents = [] }) => ({
      Contents: (Contents as Listed[]).toSorted((one, other) => (decoded(one) < decoded(other) ? -1 : 1)),
    })),
  },
  {
    what: 'repeats the last key of a page on the next',
    refusedBy: 'lists every key once, in the order of its UTF-8 bytes, on pages of any size',
    spoil: repeating(),
  },
  {
    what: 'takes no notice of case',
    refusedBy: 'keeps objects apart whose keys hold odd characters',
    spoil: instead(['PutObject', 'GetObject'], (input, ask) =>
      ask({ ...input, Key: String(input['Key']).toLowerCase() }),
    ),
  },
  {
    what: 'counts keys that are on other pages',
    refusedBy: 'says how much is on a page, and whether there is more',
    spoil: saying(['ListObjectsV2'], () => ({ KeyCount: 3 })),
  },
  {
    what: 'knows no sizes when it lists',
    refusedBy: 'lists of each object what its head says',
    spoil: saying(['ListObjectsV2'], ({ Contents = [] }) => ({
      Contents: (Contents as Listed[]).map((object) => ({ ...object, Size: 0 })),
    })),
  },
  {
    what: 'takes a plus in a prefix for a space',
    refusedBy: 'takes a prefix to the letter',
    spoil: instead(['ListObjectsV2'], (input, ask) =>
      ask({ ...input, Prefix: String(input['Prefix']).replaceAll('+', ' ') }),
    ),
  },
  {
    what: 'leaves open whether there is more of nothing',
    refusedBy: 'lists nothing where nothing is, and says so',
    spoil: saying(['ListObjectsV2'], () => ({ IsTruncated: undefined })),
  },
  {
    what: 'knows no delimiter',
    refusedBy: 'sums up what is below a delimiter',
    spoil: deafTo('ListObjectsV2', 'Delimiter'),
  },
  {
    what: 'begins at the beginning',
    refusedBy: 'begins behind the key that it is asked to begin behind',
    spoil: deafTo('ListObjectsV2', 'StartAfter'),
  },
  {
    what: 'says that it deleted what it did not',
    refusedBy: 'deletes the objects of a list, and nothing else',
    spoil: deleting((keys) => keys.slice(1)),
  },
  {
    what: 'deletes whatever begins like a key',
    refusedBy: 'deletes the objects of a list, and nothing else',
    spoil: deleting((keys) => [...keys, { Key: keys[0]?.Key.replace(/[^/]*$/, 'kept') ?? '' }]),
  },
  {
    what: 'misses the keys that are not there',
    refusedBy: 'takes a thousand keys in one request, and keys of nothing for done',
    spoil: saying(['DeleteObjects'], ({ Deleted = [] }) => ({
      Deleted: [],
      Errors: (Deleted as Listed[]).map(({ Key }) => ({ Key, Code: 'NoSuchKey' })),
    })),
  },
  {
    what: 'cannot be quiet',
    refusedBy: 'says nothing of what went well, when it is asked to be quiet',
    spoil: instead(['DeleteObjects'], (input, ask) =>
      ask({ ...input, Delete: { ...(input['Delete'] as object), Quiet: false } }),
    ),
  },
  {
    what: 'copies the bytes alone',
    refusedBy: 'copies an object with all that belongs to it, whatever its key',
    spoil: instead(['CopyObject'], (input, ask) => ask({ ...input, MetadataDirective: 'REPLACE' })),
  },
  {
    what: 'copies whichever version there is',
    refusedBy: 'copies only the version that it is asked for, and not what is not there',
    spoil: deafTo('CopyObject', 'CopySourceIfMatch'),
  },
];

function decoded({ Key }: Listed): string {
  return decodeURIComponent(Key.replaceAll('+', ' '));
}

function repeating(): BrokenServer['spoil'] {
  let last: Listed[] = [];
  return saying(['ListObjectsV2'], ({ Contents = [] }) => {
    const objects = [...last, ...(Contents as Listed[])];
    last = objects.slice(-1);
    return { Contents: objects };
  });
}

/** Deletes other keys than those it was told, and says that it did as told. */
function deleting(change: (keys: readonly Listed[]) => readonly Listed[]): BrokenServer['spoil'] {
  return instead(['DeleteObjects'], async (input, ask) => {
    const { Objects } = input['Delete'] as { readonly Objects: Listed[] };
    await ask({ ...input, Delete: { Objects: change(Objects) } });
    return { Deleted: Objects };
  });
}
