/** Servers that are wrong about what is appended and flushed. */
import { deafTo, forgiving, hearing, instead, saying } from './broken-server.ts';
import type { BrokenServer, Spoil } from './broken-server.ts';

const APPEND = { method: 'PATCH', action: 'append' };
const FLUSH = { method: 'PATCH', action: 'flush' };
const CREATE = { method: 'PUT', resource: 'file' };
const DELETE = { method: 'DELETE' };
const HEAD = { method: 'HEAD' };
const GET = { method: 'GET' };

export const brokenInWriting: readonly BrokenServer[] = [
  {
    what: 'forgets the type of a file',
    refusedBy: 'gives back the bytes, the type, the encoding and the metadata of a file',
    spoil: saying([HEAD], { 'content-type': undefined }),
  },
  {
    what: 'has no file where nothing was written',
    refusedBy: 'keeps an empty file',
    spoil: instead([GET], async (asked, ask) => {
      const answer = await ask(asked);
      return answer.body.length > 0 ? answer : { ...answer, status: 404 };
    }),
  },
  {
    what: 'joins appends as they come',
    refusedBy: 'joins appends by their positions, whatever order they came in',
    spoil: joiningAsTheyCome(),
  },
  {
    what: 'flushes with every append',
    refusedBy: 'shows nothing of what is appended before it is flushed, nor another ETag',
    spoil: instead([APPEND], async (asked, ask) => {
      const answer = await ask(asked);
      const position = Number(asked.query['position']) + asked.body.length;
      const { path, headers } = asked;
      await ask({ method: 'PATCH', path, headers, query: { action: 'flush', position: String(position) }, body: NONE });
      return answer;
    }),
  },
  {
    what: 'keeps the first of the appends at one position',
    refusedBy: 'takes the last of the appends at one position',
    spoil: keepingTheFirst(),
  },
  {
    what: 'flushes over gaps',
    refusedBy: 'refuses to flush over a gap, short of an end or beyond all that came',
    spoil: forgiving([FLUSH], 'InvalidFlushPosition', 200),
  },
  {
    what: 'refuses a flush that has nothing to do',
    refusedBy: 'takes a flush at the length that a file has for a repetition',
    spoil: instead([FLUSH], async (asked, ask) => {
      const { headers } = await ask({ ...asked, method: 'HEAD', query: {}, body: NONE });
      const isRepeated = headers['content-length'] === asked.query['position'];
      return ask(isRepeated ? { ...asked, query: { ...asked.query, position: '1000000' } } : asked);
    }),
  },
  {
    what: 'keeps nothing beyond a flush',
    refusedBy: 'drops at a flush what lies beyond it, unless it is to be kept',
    spoil: hearing([FLUSH], { retainUncommittedData: 'false' }),
  },
  {
    what: 'leaves a file as it is that is created again',
    refusedBy: 'empties a file that is created again, at once',
    spoil: instead([CREATE], async (asked, ask) => {
      const answer = await ask({ ...asked, headers: { ...asked.headers, 'if-none-match': '*' } });
      return answer.status === 409 ? { ...answer, status: 201, body: NONE } : answer;
    }),
  },
  {
    what: 'loses the appends that begin at 64 KiB',
    refusedBy: 'takes a stream of unknown length',
    spoil: instead([{ ...APPEND, position: '65536' }], (asked, ask) =>
      ask({ ...asked, body: Buffer.alloc(asked.body.length) }),
    ),
  },
  ...[
    'creates a file only where there is none, when it is asked to',
    'lets one of several writers win who all want to be the first',
  ].map((refusedBy, n): BrokenServer => ({
    what: `replaces a file that was to be the first (${n})`,
    refusedBy,
    spoil: deafTo([CREATE], 'if-none-match'),
  })),
  {
    what: 'flushes whichever state there is',
    refusedBy: 'flushes, deletes and replaces only the state that is meant',
    spoil: deafTo([FLUSH], 'if-match'),
  },
  {
    what: 'deletes whichever state there is',
    refusedBy: 'flushes, deletes and replaces only the state that is meant',
    spoil: deafTo([DELETE], 'if-match'),
  },
  {
    what: 'lets anybody append to what is leased',
    refusedBy: 'lets nobody write to a file that is leased but who has the lease',
    spoil: forgiving([APPEND], 'LeaseIdMissing', 202),
  },
  {
    what: 'lets anybody write',
    refusedBy: 'lets nobody write who has not its key',
    spoil: (asked, ask) => ask(asked),
  },
];

const NONE = Buffer.alloc(0);

function joiningAsTheyCome(): Spoil {
  let position = 0;
  return instead([APPEND], (asked, ask) => {
    const at = position;
    position += asked.body.length;
    return ask({ ...asked, query: { ...asked.query, position: String(at) } });
  });
}

function keepingTheFirst(): Spoil {
  let first: Buffer | undefined;
  return instead([APPEND], (asked, ask) => ask({ ...asked, body: (first ??= asked.body) }));
}
