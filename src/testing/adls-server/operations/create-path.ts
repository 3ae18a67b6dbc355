/** Path - Create: files and directories, with the directories above them. */
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { newAccess } from '../access.ts';
import { writeConditions } from '../conditions.ts';
import { containerOf, identity, isExpired } from '../context.ts';
import type { Context, Settings } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { checkLease } from '../leases.ts';
import { dfsContentHeaders, dfsMetadata } from '../properties.ts';
import { parentsOf } from '../store.ts';
import type { Container, DirectoryNode, FileNode, PathNode } from '../store.ts';

/** A file over a file is empty at once. */
export function createPathFile(context: Context): Reply {
  const existing = replaced(context, 'file');
  const node = newFile(context, context.request.headers);
  return created(context, { ...node, ...described(context, node), lease: existing?.lease });
}

/** A directory over a directory keeps what is in it. */
export function createPathDir(context: Context): Reply {
  const existing = replaced(context, 'directory');
  const node = newDirectory(context, context.request.headers);
  return created(context, { ...node, ...described(context, node), lease: existing?.lease });
}

function described({ request, limits }: Context, node: PathNode): Pick<PathNode, 'headers' | 'metadata'> {
  return {
    headers: { ...node.headers, ...dfsContentHeaders(request) },
    metadata: dfsMetadata(request, limits) ?? {},
  };
}

/** What is there already, once the request may replace it. */
function replaced(context: Context, kind: PathNode['kind']): PathNode | undefined {
  const { request, now } = context;
  const { path = '' } = request;
  const found = containerOf(context).paths.get(path);
  const existing = found !== undefined && isExpired(found, now()) ? undefined : found;
  if (existing !== undefined && request.headers['if-none-match'] === '*') throw new AdlsError('PathAlreadyExists');
  writeConditions(request.headers, existing);
  if (existing === undefined) return undefined;
  if (existing.kind !== kind) throw new AdlsError('PathConflict');
  checkLease(existing, request.headers['x-ms-lease-id'], now().getTime());
  return existing;
}

function created(context: Context, node: PathNode): Reply {
  const { request } = context;
  placeNode(context, containerOf(context), request.path ?? '', node);
  return emptyReply(201, { ...identity(node), 'x-ms-request-server-encrypted': 'true' });
}

/** Puts a node where it belongs, under parents that are made where the namespace has directories. */
export function placeNode(settings: Settings, { paths }: Container, path: string, node: PathNode): void {
  checkName(settings, path);
  const parents = parentsOf(path);
  if (parents.some((parent) => paths.get(parent)?.kind === 'file')) throw new AdlsError('PathConflict');
  if (settings.hierarchicalNamespace) {
    for (const parent of parents) if (paths.get(parent) === undefined) paths.set(parent, newDirectory(settings));
  }
  paths.set(path, node);
}

export function checkName({ limits }: Settings, path: string): void {
  if (path.length > limits.maxPathLength || path.split('/').includes('')) throw new AdlsError('InvalidUri');
}

export function newFile(settings: Settings, headers: Readonly<Record<string, string>> = {}): FileNode {
  return {
    ...newNode(settings),
    ...{ kind: 'file', chunks: [], size: 0, appends: 0, pending: new Map(), expiresOn: undefined },
    access: newAccess('file', headers),
  };
}

export function newDirectory(settings: Settings, headers: Readonly<Record<string, string>> = {}): DirectoryNode {
  return { ...newNode(settings), kind: 'directory', access: newAccess('directory', headers) };
}

function newNode({ newEtag, now }: Settings): Omit<DirectoryNode, 'kind' | 'access'> {
  const time = now();
  return {
    ...{ etag: newEtag(time), lastModified: time, created: time, lease: undefined },
    headers: { 'content-type': 'application/octet-stream' },
    metadata: {},
  };
}
