/** Path - Create with `x-ms-rename-source`: a file or a whole directory gets another name at once, and keeps its ETag. */
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { sourceConditions, writeConditions } from '../conditions.ts';
import { containerOf, isExpired } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { checkLease, checkNamedLease } from '../leases.ts';
import { dfsMetadata } from '../properties.ts';
import { parentsOf } from '../store.ts';
import type { Container, PathNode } from '../store.ts';
import { checkName } from './create-path.ts';

export function renamePath(context: Context): Reply {
  const { request, limits } = context;
  const { path: destination = '' } = request;
  const to = containerOf(context);
  const { container: from, path: source, node } = sourceOf(context);
  checkName(context, destination);
  if (from === to && `${destination}/`.startsWith(`${source}/`)) throw new AdlsError('InvalidRenameSourcePath');
  checkParent(context, to, destination);
  checkDestination(context, to, node);
  const below = node.kind === 'directory' ? [...from.paths.below(source)] : [];
  const moved = below.map((path) => [path, from.paths.get(path)] as const);
  for (const path of [source, ...below]) from.paths.delete(path);
  const metadata = dfsMetadata(request, limits);
  if (metadata !== undefined) node.metadata = metadata;
  to.paths.set(destination, node);
  for (const [path, child] of moved) {
    if (child !== undefined) to.paths.set(destination + path.slice(source.length), child);
  }
  return emptyReply(201);
}

/** What is moved, once its conditions hold. */
function sourceOf(context: Context): { container: Container; path: string; node: PathNode } {
  const { request, containers, now } = context;
  const { container: name = '', path = '' } = request.renameSource ?? {};
  const container = containers.get(name);
  const node = container?.paths.get(path);
  if (container === undefined || node === undefined || isExpired(node, now())) {
    throw new AdlsError('SourcePathNotFound');
  }
  sourceConditions(request.headers, node);
  checkLease(node, request.headers['x-ms-source-lease-id'], now().getTime());
  return { container, path, node };
}

/** A rename makes no parents. */
function checkParent({ hierarchicalNamespace }: Context, { paths }: Container, destination: string): void {
  const parents = parentsOf(destination).map((path) => paths.get(path));
  if (parents.some((parent) => parent?.kind === 'file')) throw new AdlsError('PathConflict');
  if (hierarchicalNamespace && parents.includes(undefined)) throw new AdlsError('RenameDestinationParentPathNotFound');
}

/** Whether the destination may be replaced; whoever held a lease on it loses it. */
function checkDestination({ request, now }: Context, { paths }: Container, node: PathNode): void {
  const { headers, path = '' } = request;
  const found = paths.get(path);
  const existing = found !== undefined && isExpired(found, now()) ? undefined : found;
  if (existing !== undefined && headers['if-none-match'] === '*') throw new AdlsError('PathAlreadyExists');
  writeConditions(headers, existing);
  if (existing === undefined) return;
  checkNamedLease(existing, headers['x-ms-lease-id'], now().getTime());
  if (existing.kind === 'directory' && paths.hasBelow(path)) throw new AdlsError('PathAlreadyExists');
  if (existing.kind !== node.kind) throw new AdlsError('InvalidSourceOrDestinationResourceType');
}
