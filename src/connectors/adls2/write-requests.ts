/** The requests that make a file, by the SDK's plain calls. Each is sent once, with options of its own: the SDK changes them. */
import { hash } from 'node:crypto';
import type { FileHeaders } from './file-headers.ts';
import { WRITE_ID } from './file-headers.ts';
import { isDirectory } from './path-info.ts';
import type { AdlsRequests } from './requests.ts';
import type { PathTarget } from './target.ts';

/** What must hold of the path when the rename arrives; nothing, or one of the two. */
export interface PublishCondition {
  /** Nothing is there. */
  readonly ifNoneMatch?: '*' | undefined;
  /** The file of this ETag is there. */
  readonly ifMatch?: string | undefined;
}

/** What a path holds, as far as its writer wants to know. */
export interface StoredPath {
  readonly isDirectory: boolean;
  readonly size: number;
  /** In quotes. */
  readonly etag: string;
  readonly writeId: string | undefined;
  readonly isLeased: boolean;
}

/** Path - Create, of a file that is not there: a second one that comes late must not empty what was appended since. */
export async function createFile(
  adls: AdlsRequests,
  target: PathTarget,
  { pathHttpHeaders, metadata }: FileHeaders,
  signal: AbortSignal,
): Promise<void> {
  const description = { pathHttpHeaders: { ...pathHttpHeaders }, metadata: { ...metadata } };
  await adls.file(target).create({ ...description, conditions: { ifNoneMatch: '*' }, abortSignal: signal });
}

export interface Append {
  readonly offset: number;
  readonly bytes: Buffer;
  /** Whether ADLS is to compare them with their MD5. */
  readonly isChecked: boolean;
}

/** Path - Update, append: the bytes take the place of any that were appended at the same offset. */
export async function appendBytes(
  adls: AdlsRequests,
  target: PathTarget,
  { offset, bytes, isChecked }: Append,
  signal: AbortSignal,
): Promise<void> {
  // The SDK sends the MD5 in a header alone where it is given other headers as well, be they none.
  const checked = isChecked ? { transactionalContentMD5: hash('md5', bytes, 'buffer'), pathHttpHeaders: {} } : {};
  await adls.file(target).append(bytes, offset, bytes.length, { ...checked, abortSignal: signal });
}

/** Path - Update, flush: what was appended up to `size` is the file's, and nothing more will come. */
export async function flushFile(
  adls: AdlsRequests,
  target: PathTarget,
  size: number,
  { pathHttpHeaders }: FileHeaders,
  signal: AbortSignal,
): Promise<void> {
  const options = { close: true, pathHttpHeaders: { ...pathHttpHeaders }, abortSignal: signal };
  await adls.file(target).flush(size, options);
}

/** Path - Create with a source: the file of this ETag gets another name, if `condition` holds of what has it now. */
export async function renameFile(
  adls: AdlsRequests,
  source: PathTarget & { readonly etag: string },
  path: string,
  condition: PublishCondition,
  signal: AbortSignal,
): Promise<void> {
  // The SDK takes `?` and `%` of a destination for those of a URL.
  const destination = path.split('/').map(encodeURIComponent).join('/');
  const conditions = { conditions: { ifMatch: source.etag }, destinationConditions: definedOf(condition) };
  await adls.file(source).move(destination, { ...conditions, abortSignal: signal });
}

/** Path - Delete, of a file. */
export async function deleteFile(adls: AdlsRequests, target: PathTarget, signal: AbortSignal): Promise<void> {
  await adls.file(target).delete(undefined, { abortSignal: signal });
}

/** Get Blob Properties. */
export async function storedPath(adls: AdlsRequests, target: PathTarget, signal: AbortSignal): Promise<StoredPath> {
  const answer = await adls.properties(target, signal);
  const { metadata = {}, contentLength = 0, etag = '', leaseState } = answer;
  return {
    isDirectory: isDirectory(answer),
    ...{ size: contentLength, etag, writeId: metadata[WRITE_ID] },
    isLeased: leaseState === 'leased' || leaseState === 'breaking',
  };
}

/** Path - Get Properties, of a container's root: what an account without hierarchical namespace cannot answer. */
export async function rootAccess(adls: AdlsRequests, container: string, signal: AbortSignal): Promise<void> {
  const root = adls.client.getFileSystemClient(container).getDirectoryClient('');
  await root.getAccessControl({ abortSignal: signal });
}

function definedOf({ ifNoneMatch, ifMatch }: PublishCondition): { ifNoneMatch?: string; ifMatch?: string } {
  return { ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }), ...(ifMatch === undefined ? {} : { ifMatch }) };
}
