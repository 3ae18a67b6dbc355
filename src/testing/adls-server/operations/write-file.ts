/** Path - Update, append and flush: bytes come in any order, and are the file's once they are flushed. */
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { writeConditions } from '../conditions.ts';
import { fileOf, identity, touch } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { acquire, checkLease, release, renew } from '../leases.ts';
import { dfsContentHeaders } from '../properties.ts';
import type { FileNode } from '../store.ts';

/** A second append at the same position takes the place of the first. Neither ETag nor time changes. */
export function appendFile(context: Context): Reply {
  const { request, body, limits } = context;
  const file = fileOf(context);
  const position = positionOf(context);
  const leased = withLease(context, file);
  if (body.size === 0) throw new AdlsError('InvalidInput');
  if (position + body.size > limits.maxFileSize) throw new AdlsError('RequestBodyTooLarge');
  const more = file.pending.has(position) ? 0 : 1;
  if (file.appends + file.pending.size + more > limits.maxAppends) throw new AdlsError('BlockCountExceedsLimit');
  file.pending.set(position, { chunks: body.chunks, size: body.size });
  const encrypted = { 'x-ms-request-server-encrypted': 'true' };
  if (request.query['flush'] !== 'true') {
    leased();
    return emptyReply(202, encrypted);
  }
  commit(file, position + body.size, true);
  touch(file, context);
  leased();
  return emptyReply(202, { ...encrypted, ...identity(file) });
}

/** Makes the bytes up to `position` the file's. At the length it has already, it is a repetition and changes no bytes. */
export function flushFile(context: Context): Reply {
  const { request, body } = context;
  const file = fileOf(context);
  const position = positionOf(context);
  writeConditions(request.headers, file);
  const leased = withLease(context, file);
  if (body.size > 0) throw new AdlsError('InvalidHeaderValue');
  commit(file, position, request.query['retainUncommittedData'] === 'true');
  file.headers = { ...file.headers, ...dfsContentHeaders(request) };
  touch(file, context);
  leased();
  return emptyReply(200, { ...identity(file), 'x-ms-request-server-encrypted': 'true' });
}

function positionOf({ request }: Context): number {
  if (request.query['position'] === undefined) throw new AdlsError('MissingRequiredQueryParameter');
  if (request.position === undefined) throw new AdlsError('InvalidQueryParameterValue');
  return request.position;
}

/** The committed bytes and the pending ones must reach `position` without a gap or an overlap. */
function commit(file: FileNode, position: number, retain: boolean): void {
  const run = position === file.size ? [] : contiguous(file, position);
  for (const [at, { chunks, size }] of run) {
    for (const chunk of chunks) file.chunks.push(chunk);
    file.size += size;
    file.appends += 1;
    file.pending.delete(at);
  }
  if (!retain) file.pending.clear();
}

function contiguous(file: FileNode, position: number): [number, { chunks: readonly Buffer[]; size: number }][] {
  const run = [...file.pending].filter(([at]) => at < position).sort(([one], [other]) => one - other);
  let end = file.size;
  for (const [at, { size }] of run) {
    if (at !== end) throw new AdlsError('InvalidFlushPosition');
    end += size;
  }
  if (end !== position) throw new AdlsError('InvalidFlushPosition');
  return run;
}

/** Checks the lease, and takes, renews or gives it back as `x-ms-lease-action` says. */
function withLease({ request, now }: Context, file: FileNode): () => void {
  const { headers } = request;
  const time = now().getTime();
  const id = headers['x-ms-lease-id'];
  const action = headers['x-ms-lease-action'];
  const proposed = headers['x-ms-proposed-lease-id'];
  if (action === 'acquire' || action === 'acquire-release') {
    if (proposed === undefined) throw new AdlsError('MissingRequiredHeader');
    acquire(file, proposed, Number(headers['x-ms-lease-duration'] ?? '-1'), time);
    return () => {
      if (action === 'acquire-release') release(file, proposed);
    };
  }
  checkLease(file, id, time);
  return () => {
    if (action === 'auto-renew' && id !== undefined) renew(file, id, time);
    if (action === 'release' && id !== undefined) release(file, id);
  };
}
