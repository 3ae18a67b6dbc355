/** Put Blob, and Set Blob Metadata, Properties and Expiry. */
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { writeConditions } from '../conditions.ts';
import { containerOf, fileOf, identity, nodeOf, touch } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { checkLease } from '../leases.ts';
import { blobContentHeaders, blobMetadata } from '../properties.ts';
import type { PathNode } from '../store.ts';
import { newFile, placeNode } from './create-path.ts';

/** A block blob in one request. */
export function putBlob(context: Context): Reply {
  const { request, body, limits } = context;
  const container = containerOf(context);
  const existing = container.paths.get(request.path ?? '');
  if (existing !== undefined && request.headers['if-none-match'] === '*') throw new AdlsError('BlobAlreadyExists');
  if (existing?.kind === 'directory') throw new AdlsError('PathConflict');
  checkWrite(context, existing);
  const file = newFile(context);
  file.chunks.push(...body.chunks);
  file.size = body.size;
  file.appends = 1;
  file.metadata = blobMetadata(request, limits);
  const { 'content-type': type = 'application/octet-stream' } = request.headers;
  file.headers = { 'content-type': type, ...blobContentHeaders(request) };
  file.lease = existing?.lease;
  placeNode(context, container, request.path ?? '', file);
  return emptyReply(201, { ...identity(file), 'x-ms-request-server-encrypted': 'true' });
}

export function setBlobMetadata(context: Context): Reply {
  const node = writable(context);
  node.metadata = blobMetadata(context.request, context.limits);
  touch(node, context);
  return emptyReply(200, { ...identity(node), 'x-ms-request-server-encrypted': 'true' });
}

/** Replaces all content headers: what is not named is cleared. */
export function setBlobProperties(context: Context): Reply {
  const node = writable(context);
  node.headers = blobContentHeaders(context.request) ?? {};
  touch(node, context);
  return emptyReply(200, identity(node));
}

/** "Set Blob Expiry": an hour from now, from its creation, at a time, or never. */
export function setBlobExpiry(context: Context): Reply {
  const { headers } = context.request;
  const file = fileOf(context);
  checkWrite(context, file);
  const time = headers['x-ms-expiry-time'] ?? '';
  file.expiresOn = expiryOf(headers['x-ms-expiry-option'], time, file.created, context.now());
  touch(file, context);
  return emptyReply(200, identity(file));
}

function expiryOf(option: string | undefined, time: string, created: Date, now: Date): Date | undefined {
  if (option === 'NeverExpire') return undefined;
  const ms = option === 'Absolute' ? Date.parse(time) : Number(time || 'nothing');
  if (option === undefined || Number.isNaN(ms)) throw new AdlsError('InvalidHeaderValue');
  if (option === 'RelativeToNow') return new Date(now.getTime() + ms);
  return new Date(option === 'RelativeToCreation' ? created.getTime() + ms : ms);
}

function writable(context: Context): PathNode {
  const node = nodeOf(context);
  checkWrite(context, node);
  return node;
}

function checkWrite({ request, now }: Context, node: PathNode | undefined): void {
  writeConditions(request.headers, node);
  if (node !== undefined) checkLease(node, request.headers['x-ms-lease-id'], now().getTime());
}
