/** Faults that change what a reply says. Pure: a reply in, another reply out. */
import type { Fault } from './faults.ts';
import { byteLength } from './reply.ts';
import type { Reply } from './reply.ts';

/** Another digest wherever the reply has one. */
export type WrongChecksum = (reply: Reply) => Reply;

export function distort(reply: Reply, faults: readonly Fault[], wrongChecksum: WrongChecksum): Reply {
  return faults.reduce((current, fault) => {
    const next = distortOnce(current, fault, wrongChecksum);
    if (next !== current) fault.fire();
    return next;
  }, reply);
}

function distortOnce(reply: Reply, { action }: Fault, wrongChecksum: WrongChecksum): Reply {
  if ('corrupt' in action) return corrupted(reply, action.corrupt.byte);
  if ('shiftRange' in action) return shifted(reply, action.shiftRange);
  if ('longerBody' in action) return lengthened(reply, action.longerBody);
  if ('dropHeader' in action) return withoutHeader(reply, action.dropHeader.toLowerCase());
  if ('wrongChecksum' in action) return wrongChecksum(reply);
  return reply;
}

/** The stored bytes stay as they are: only the slice that holds the byte is copied. */
function corrupted(reply: Reply, byte: number): Reply {
  let offset = 0;
  for (const [index, chunk] of reply.body.entries()) {
    const at = byte - offset;
    if (at >= 0 && at < chunk.length) {
      const changed = Buffer.from(chunk);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return { ...reply, body: reply.body.with(index, changed) };
    }
    offset += chunk.length;
  }
  return reply;
}

function shifted(reply: Reply, by: number): Reply {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(reply.headers['content-range'] ?? '');
  if (match === null) return reply;
  const [, first, last, size = ''] = match;
  const range = `bytes ${Number(first) + by}-${Number(last) + by}/${size}`;
  return { ...reply, headers: { ...reply.headers, 'content-range': range } };
}

function lengthened(reply: Reply, by: number): Reply {
  const length = reply.contentLength ?? byteLength(reply.body);
  return { ...reply, body: [...reply.body, Buffer.alloc(by, '+')], contentLength: length + by };
}

function withoutHeader(reply: Reply, name: string): Reply {
  if (!(name in reply.headers)) return reply;
  return { ...reply, headers: Object.fromEntries(Object.entries(reply.headers).filter(([key]) => key !== name)) };
}

/** Well-formed, of the same length, and not equal. */
export function otherDigest(value: string): string {
  const [digest = '', count] = value.split('-');
  const bytes = Buffer.from(digest, 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64') + (count === undefined ? '' : `-${count}`);
}
