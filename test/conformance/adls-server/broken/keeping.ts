/** Servers that are wrong about what is read, described and leased. */
import { codeOf, deafTo, forgiving, instead, listing, saying } from './broken-server.ts';
import type { Answer, BrokenServer, Spoil } from './broken-server.ts';

const GET = { method: 'GET' };
const HEAD = { method: 'HEAD' };
const DESCRIBE = { method: 'PUT', comp: 'metadata' };

export const brokenInKeeping: readonly BrokenServer[] = [
  {
    what: 'gives all of a file for a range',
    refusedBy: 'reads just the range that is asked for',
    spoil: deafTo([GET], 'x-ms-range'),
  },
  {
    what: 'gives nothing beyond the end, and calls it an answer',
    refusedBy: 'refuses ranges that begin beyond the end',
    spoil: forgiving([GET], 'InvalidRange', 200),
  },
  {
    what: 'gives nothing at the end, and calls it an answer',
    refusedBy: 'refuses ranges that begin at the end, which is any range of an empty file',
    spoil: forgiving([GET], 'InvalidRange', 200),
  },
  {
    what: 'has another ETag for whoever asks',
    refusedBy: 'has one ETag for a state of a file in every answer, and another for the next',
    spoil: saying([HEAD], { etag: '"0x8D1"' }),
  },
  {
    what: 'keeps its ETag while it changes',
    refusedBy: 'has one ETag for a state of a file in every answer, and another for the next',
    spoil: saying([HEAD, GET], { etag: '"0x8D1"' }),
  },
  {
    what: 'misses the file where the container is missing',
    refusedBy: 'tells a file that is not there from a container that is not there',
    spoil: calling([GET], 'ContainerNotFound', 'BlobNotFound'),
  },
  {
    what: 'keeps the metadata that were replaced',
    refusedBy: 'replaces metadata and content headers as a whole',
    spoil: instead([DESCRIBE], (asked, ask) => ask({ ...asked, headers: { ...asked.headers, 'x-ms-meta-one': '1' } })),
  },
  {
    what: 'reads whichever state there is',
    refusedBy: 'reads and describes only the state that is meant',
    spoil: deafTo([GET], 'if-match'),
  },
  {
    what: 'describes whichever state there is',
    refusedBy: 'reads and describes only the state that is meant',
    spoil: deafTo([DESCRIBE], 'if-match'),
  },
  {
    what: 'sends again what its reader has',
    refusedBy: 'reads only what is new to whoever knows a state',
    spoil: deafTo([GET], 'if-none-match'),
  },
  {
    what: 'lets anybody describe what is leased',
    refusedBy: 'lets nobody describe a file that is leased but who has the lease',
    spoil: forgiving([DESCRIBE], 'LeaseIdMissing', 200),
  },
  {
    what: 'makes a container twice',
    refusedBy: 'makes, describes, lists and removes containers',
    spoil: forgiving([{ method: 'PUT', restype: 'container' }], 'ContainerAlreadyExists', 201),
  },
  {
    what: 'lets anybody read',
    refusedBy: 'lets nobody read who has not its key',
    spoil: (asked, ask) => ask(asked),
  },
  {
    what: 'lists ETags in quotes',
    refusedBy: 'lists the ETag that a file has, without its quotes',
    spoil: listing((paths) => paths.map((path) => ({ ...path, etag: `"${path.etag ?? ''}"` }))),
  },
  {
    what: 'misses the path where the file system is missing',
    refusedBy: 'tells a path that is not there from a file system that is not there',
    spoil: calling([HEAD, { method: 'PATCH' }, { method: 'DELETE' }], 'FilesystemNotFound', 'PathNotFound'),
  },
  {
    what: 'shows a directory as a file',
    refusedBy: 'shows a directory as one, without bytes',
    spoil: saying([HEAD], { 'x-ms-meta-hdi_isfolder': undefined }),
  },
  {
    what: 'lets everybody do everything',
    refusedBy: 'keeps the permissions and the access control list of a path',
    spoil: saying([{ ...HEAD, action: 'getAccessControl' }], { 'x-ms-permissions': 'rwxrwxrwx' }),
  },
];

/** Calls a refusal something else. */
function calling(which: Parameters<typeof instead>[0], code: string, another: string): Spoil {
  return instead(which, async (asked, ask): Promise<Answer> => {
    const answer = await ask(asked);
    if (codeOf(answer) !== code) return answer;
    return { ...answer, headers: { ...answer.headers, 'x-ms-error-code': another } };
  });
}
