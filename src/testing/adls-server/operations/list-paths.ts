/** Path - List: JSON whose numbers and booleans are strings, page by page in the order of the tree. */
import type { Reply } from '../../store-server/reply.ts';
import { containerOf, isExpired, wholeNumber } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { fileTime } from '../etags.ts';
import type { Container, PathNode } from '../store.ts';
import { newToken, readToken } from './continuation.ts';

export function listPaths(context: Context): Reply {
  const { request, limits, now, emptyPages } = context;
  const { query } = request;
  const container = containerOf(context);
  const directory = (query['directory'] ?? '').replace(/^\/+|\/+$/g, '');
  checkDirectory(container, directory);
  const asked = wholeNumber(query['maxResults'], 1, Number.MAX_SAFE_INTEGER) ?? limits.maxResults;
  const most = Math.min(asked, limits.maxResults);
  const token = readToken(query['continuation']);
  if (emptyPages && token === undefined) return pageReply([], '');
  const after = token === '' ? undefined : token;
  const page: { readonly path: string; readonly node: PathNode | undefined }[] = [];
  let more = false;
  const from = after === undefined ? query['beginFrom'] : undefined;
  for (const path of pathsOf(container, directory, query['recursive'] === 'true', after)) {
    const node = container.paths.get(path);
    if (node !== undefined && isExpired(node, now())) continue;
    if (from !== undefined && path.slice(directory === '' ? 0 : directory.length + 1) < from) continue;
    more = page.length === most;
    if (more) break;
    page.push({ path, node });
  }
  const entries = page.map(({ path, node }) => entry(path, node));
  return pageReply(entries, more ? page.at(-1)?.path : undefined);
}

/** `last`: after which path the next page begins. */
function pageReply(paths: readonly Record<string, string>[], last: string | undefined): Reply {
  return {
    status: 200,
    headers: {
      'content-type': 'application/json;charset=utf-8',
      ...(last === undefined ? {} : { 'x-ms-continuation': newToken(last) }),
    },
    body: [Buffer.from(JSON.stringify({ paths }))],
  };
}

function checkDirectory({ paths }: Container, directory: string): void {
  if (directory === '' || paths.get(directory)?.kind === 'directory' || paths.hasBelow(directory)) return;
  throw new AdlsError(paths.get(directory) === undefined ? 'PathNotFound' : 'ResourceTypeMismatch');
}

/** Without `recursive` the children alone; a directory that is only a beginning of names counts as one. */
function* pathsOf(
  { paths }: Container,
  directory: string,
  recursive: boolean,
  after: string | undefined,
): Generator<string> {
  if (recursive) {
    yield* paths.below(directory, after);
    return;
  }
  const start = directory === '' ? 0 : directory.length + 1;
  let last = after;
  for (const path of paths.below(directory, after)) {
    const slash = path.indexOf('/', start);
    const child = slash === -1 ? path : path.slice(0, slash);
    if (child === last) continue;
    last = child;
    yield child;
  }
}

function entry(name: string, node: PathNode | undefined): Record<string, string> {
  if (node === undefined) return { name, isDirectory: 'true', contentLength: '0' };
  const { etag, lastModified, created, access } = node;
  return {
    name,
    ...(node.kind === 'directory' ? { isDirectory: 'true' } : {}),
    contentLength: node.kind === 'directory' ? '0' : String(node.size),
    creationTime: fileTime(created),
    etag,
    expiryTime: node.kind === 'file' && node.expiresOn !== undefined ? fileTime(node.expiresOn) : '0',
    group: access.group,
    lastModified: lastModified.toUTCString(),
    owner: access.owner,
    permissions: access.permissions,
  };
}
