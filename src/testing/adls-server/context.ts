/** What an operation gets to work with, and how an operation looks. */
import type { Reply } from '../store-server/reply.ts';
import type { ReceivedBody } from './body.ts';
import { AdlsError } from './errors.ts';
import type { NewEtag } from './etags.ts';
import type { AdlsLimits } from './limits.ts';
import type { IncomingRequest } from './request.ts';
import type { Authority } from './authorize.ts';
import type { Container, Containers, FileNode, PathNode } from './store.ts';

/** Settings that do not change while the server runs. */
export interface Settings {
  readonly containers: Containers;
  readonly limits: AdlsLimits;
  readonly authority: Authority;
  readonly hierarchicalNamespace: boolean;
  /** Whether a listing begins with a page that is empty and has a next one. */
  readonly emptyPages: boolean;
  readonly now: () => Date;
  readonly newEtag: NewEtag;
}

export interface Context extends Settings {
  readonly request: IncomingRequest;
  readonly body: ReceivedBody;
}

export type Operation = (context: Context) => Reply;

/** The container the request names; throws as its endpoint does. */
export function containerOf({ containers, request }: Context): Container {
  const container = containers.get(request.container ?? '');
  if (container !== undefined) return container;
  throw new AdlsError(request.side === 'dfs' ? 'FilesystemNotFound' : 'ContainerNotFound');
}

/** The path the request names, or the root; throws as its endpoint does. */
export function nodeOf(context: Context): PathNode {
  const { request, now } = context;
  const container = containerOf(context);
  const node = request.path === undefined ? container.root : container.paths.get(request.path);
  if (node !== undefined && !isExpired(node, now())) return node;
  throw new AdlsError(request.side === 'dfs' ? 'PathNotFound' : 'BlobNotFound');
}

/** The file the request names. */
export function fileOf(context: Context): FileNode {
  const node = nodeOf(context);
  if (node.kind === 'directory') throw new AdlsError('ResourceTypeMismatch');
  return node;
}

/** A file whose expiry has come is gone for whoever asks. */
export const isExpired = (node: PathNode, now: Date): boolean =>
  node.kind === 'file' && node.expiresOn !== undefined && node.expiresOn <= now;

/** A change that gives a new ETag and time. */
export function touch(thing: { etag: string; lastModified: Date }, { newEtag, now }: Settings): void {
  const time = now();
  thing.etag = newEtag(time);
  thing.lastModified = time;
}

/** The headers that identify a state of something. */
export const identity = ({ etag, lastModified }: { etag: string; lastModified: Date }): Record<string, string> => ({
  etag: `"${etag}"`,
  'last-modified': lastModified.toUTCString(),
});

/** A whole number in a query parameter, within bounds; undefined when absent. */
export function wholeNumber(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new AdlsError('InvalidQueryParameterValue');
}
