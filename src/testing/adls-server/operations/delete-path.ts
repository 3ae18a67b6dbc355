/** Path - Delete: a file, an empty directory, or with `recursive` a directory and a page of what is in it at a time. */
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { writeConditions } from '../conditions.ts';
import { containerOf, nodeOf } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { checkLease } from '../leases.ts';
import { newToken, readToken } from './continuation.ts';

export function deletePath(context: Context): Reply {
  const { request, limits, now } = context;
  const { path = '', headers, query } = request;
  const { paths } = containerOf(context);
  const node = nodeOf(context);
  writeConditions(headers, node);
  checkLease(node, headers['x-ms-lease-id'], now().getTime());
  readToken(query['continuation']);
  const below = node.kind === 'directory' ? [...paths.below(path)] : [];
  if (below.length > 0 && query['recursive'] !== 'true') throw new AdlsError('DirectoryNotEmpty');
  // From the end of the walk: nothing is left without the directories above it.
  const doomed = [path, ...below].slice(-limits.maxDeletions);
  for (const one of doomed) paths.delete(one);
  const left = below.length + 1 - doomed.length;
  return emptyReply(200, left > 0 ? { 'x-ms-continuation': newToken(path) } : {});
}

/** Delete Blob: one file, or an empty directory. */
export function deleteBlob(context: Context): Reply {
  const { request, now } = context;
  const { path = '', headers } = request;
  const { paths } = containerOf(context);
  const node = nodeOf(context);
  writeConditions(headers, node);
  checkLease(node, headers['x-ms-lease-id'], now().getTime());
  if (paths.hasBelow(path)) throw new AdlsError('DirectoryNotEmpty');
  paths.delete(path);
  return emptyReply(202, { 'x-ms-delete-type-permanent': 'true' });
}
