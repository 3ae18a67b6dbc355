/** The requests that make and remove containers and paths, by the SDK's plain calls. Each is sent with options of its own. */
import type { AdlsRequests } from './requests.ts';
import type { PathTarget } from './target.ts';

type Metadata = Readonly<Record<string, string>>;

/** Create Container. */
export async function createContainer(
  adls: AdlsRequests,
  container: string,
  metadata: Metadata,
  signal: AbortSignal,
): Promise<void> {
  await adls.client.getFileSystemClient(container).create({ metadata: { ...metadata }, abortSignal: signal });
}

/** Get Container Properties. */
export async function containerMetadata(adls: AdlsRequests, container: string, signal: AbortSignal): Promise<Metadata> {
  const { metadata = {} } = await adls.client.getFileSystemClient(container).getProperties({ abortSignal: signal });
  return metadata;
}

/** Path - Create, of a directory that is not there, with those above it: over one, it would take its metadata away. */
export async function createDirectory(
  adls: AdlsRequests,
  { container, path }: PathTarget,
  metadata: Metadata,
  signal: AbortSignal,
): Promise<void> {
  const directory = adls.client.getFileSystemClient(container).getDirectoryClient(path);
  await directory.create({ metadata: { ...metadata }, conditions: { ifNoneMatch: '*' }, abortSignal: signal });
}

export interface Deletion {
  /** Said in either case: without a word of it, what the SDK takes a directory for is its own choice. */
  readonly recursive: boolean;
  /** In quotes. */
  readonly ifMatch?: string | undefined;
  /** A part of a large directory is gone, and the next request follows. */
  readonly onPage?: (() => void) | undefined;
}

/** Path - Delete, until there is no continuation. */
export async function deletePath(
  adls: AdlsRequests,
  target: PathTarget,
  { recursive, ifMatch, onPage }: Deletion,
  signal: AbortSignal,
): Promise<void> {
  const conditions = ifMatch === undefined ? {} : { conditions: { ifMatch } };
  // The SDK's own loop hands this on to each of its requests, and does not say so.
  const onResponse = ({ status }: { readonly status: number }): void => {
    if (status < 300) onPage?.();
  };
  const options = { ...conditions, onResponse, abortSignal: signal };
  await adls.file(target).delete(recursive, options);
}
