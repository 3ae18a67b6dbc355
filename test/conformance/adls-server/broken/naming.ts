/** Servers that are wrong about where things are. */
import { deafTo, forgiving, hearing, instead, listing } from './broken-server.ts';
import type { BrokenServer, ListedPath, Spoil } from './broken-server.ts';

const LIST = { method: 'GET', resource: 'filesystem' };
const RENAME = { method: 'PUT', mode: 'legacy' };
const MADE = [{ method: 'PUT', resource: 'file' }, { method: 'PATCH' }, { method: 'GET' }];

export const brokenInNaming: readonly BrokenServer[] = [
  {
    what: 'makes no directories above a file',
    refusedBy: 'makes the directories above a file, and none under a file',
    spoil: listing((paths) => paths.filter(({ isDirectory }) => isDirectory !== 'true')),
  },
  {
    what: 'gives a file that is renamed another ETag',
    refusedBy: 'renames a file over another, whose place it takes with its own ETag',
    spoil: instead([RENAME], async (asked, ask) => {
      const answer = await ask(asked);
      const { path } = asked;
      await ask({ method: 'PUT', path, query: { comp: 'metadata' }, headers: {}, body: Buffer.alloc(0) });
      return answer;
    }),
  },
  {
    what: 'renames over what is there',
    refusedBy: 'renames a file only where there is none, when it is asked to',
    spoil: deafTo([RENAME], 'if-none-match'),
  },
  {
    what: 'renames whichever state there is',
    refusedBy: 'renames only the state that is meant, and nothing that is not there',
    spoil: deafTo([RENAME], 'x-ms-source-if-match'),
  },
  {
    what: 'says that it moved a directory over one with something in it',
    refusedBy: 'renames a directory with all that is in it, but not into itself nor over one with something in it',
    spoil: forgiving([RENAME], 'PathAlreadyExists', 201),
  },
  {
    what: 'repeats the last path of a page on the next',
    refusedBy: 'lists every path once, on pages of any size',
    spoil: repeating(),
  },
  {
    what: 'lists what is below the children, too',
    refusedBy: 'lists the children of a directory alone, page by page',
    spoil: hearing([LIST], { recursive: 'true' }),
  },
  {
    what: 'takes no notice of case',
    refusedBy: 'keeps paths apart whose names hold odd characters',
    spoil: instead(MADE, (asked, ask) => ask({ ...asked, path: asked.path.replace('/Case', '/case') })),
  },
  {
    what: 'deletes whatever is in a directory',
    refusedBy: 'deletes a directory that has something in it only when it is asked to',
    spoil: hearing([{ method: 'DELETE' }], { recursive: 'true' }),
  },
];

function repeating(): Spoil {
  let last: readonly ListedPath[] = [];
  return listing((paths) => {
    const repeated = [...last, ...paths];
    last = paths.slice(-1);
    return repeated;
  });
}
