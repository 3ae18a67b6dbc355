/** Get Blob and Get Blob Properties. A directory is a blob without bytes that says what it is. */
import { createHash } from 'node:crypto';
import { sliceChunks } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { readConditions } from '../conditions.ts';
import { identity, nodeOf } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { checkNamedLease, leaseHeaders } from '../leases.ts';
import { metadataHeaders } from '../properties.ts';
import type { PathNode } from '../store.ts';
import { accessHeaders } from './path-status.ts';

/** The service hashes ranges up to this size when asked. */
const MAX_HASHED_BYTES = 4 * 1024 * 1024;

export function getBlob(context: Context): Reply {
  const { request } = context;
  const node = readable(context);
  const size = node.kind === 'file' ? node.size : 0;
  const span = spanOf(request.range, size);
  const body = node.kind === 'file' ? sliceChunks(node.chunks, span.start, span.end) : [];
  const described = blobHeaders(context, node);
  const { 'content-md5': md5, ...rest } = described;
  if (!span.partial) return { status: 200, headers: described, body };
  return {
    status: 206,
    headers: {
      ...rest,
      // Of the whole: a range has an MD5 of its own, if asked.
      ...(md5 === undefined ? {} : { 'x-ms-blob-content-md5': md5 }),
      ...(request.headers['x-ms-range-get-content-md5'] === 'true' ? { 'content-md5': rangeMd5(body, span) } : {}),
      'content-range': `bytes ${span.start}-${span.end - 1}/${size}`,
    },
    body,
  };
}

export function getBlobProperties(context: Context): Reply {
  const node = readable(context);
  const size = node.kind === 'file' ? node.size : 0;
  return { status: 200, headers: blobHeaders(context, node), body: [], contentLength: size };
}

function readable(context: Context): PathNode {
  const { request, now } = context;
  const node = nodeOf(context);
  readConditions(request.headers, node);
  checkNamedLease(node, request.headers['x-ms-lease-id'], now().getTime());
  return node;
}

interface Span {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly partial: boolean;
}

/** Throws `InvalidRange`: also for any range of an empty file. What is no range of bytes is ignored. */
function spanOf(range: string | undefined, size: number): Span {
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (match === null) return { start: 0, end: size, partial: false };
  const [, first, last] = match;
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (start >= size || end <= start) throw new AdlsError('InvalidRange');
  return { start, end, partial: true };
}

function rangeMd5(body: readonly Buffer[], { start, end }: Span): string {
  if (end - start > MAX_HASHED_BYTES) throw new AdlsError('InvalidHeaderValue');
  const hash = createHash('md5');
  for (const chunk of body) hash.update(chunk);
  return hash.digest('base64');
}

function blobHeaders({ hierarchicalNamespace, now }: Context, node: PathNode): Record<string, string> {
  const folder = node.kind === 'directory' ? { 'x-ms-meta-hdi_isfolder': 'true' } : {};
  const expiry = node.kind === 'file' ? node.expiresOn : undefined;
  return {
    ...identity(node),
    'accept-ranges': 'bytes',
    ...node.headers,
    'x-ms-creation-time': node.created.toUTCString(),
    ...leaseHeaders(node, now().getTime()),
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-server-encrypted': 'true',
    'x-ms-access-tier': 'Hot',
    'x-ms-access-tier-inferred': 'true',
    ...metadataHeaders(node.metadata),
    ...folder,
    ...(hierarchicalNamespace ? { 'x-ms-resource-type': node.kind, ...accessHeaders(node) } : {}),
    ...(expiry === undefined ? {} : { 'x-ms-expiry-time': expiry.toUTCString() }),
  };
}
