/** Reading and writing the store without HTTP, for arranging and asserting in tests. */
import type { Settings } from './context.ts';
import { newContainer } from './operations/containers.ts';
import { newDirectory, newFile, placeNode } from './operations/create-path.ts';
import type { Container, PathNode } from './store.ts';

/** How to store a file without HTTP. */
export interface PutFileOptions {
  readonly contentType?: string | undefined;
  /** Content-Encoding, Content-MD5, Cache-Control and their like, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Default now. */
  readonly lastModified?: Date | undefined;
}

/** A path as tests see it. */
export interface PathSummary {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly size: number;
  /** Appended and not flushed. */
  readonly pendingBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly permissions: string;
  readonly leaseId: string | undefined;
}

export interface AdlsSeeding {
  createContainer(name: string): void;
  containers(): readonly string[];
  putFile(container: string, path: string, bytes: Uint8Array | string, options?: PutFileOptions): PathSummary;
  makeDirectory(container: string, path: string): void;
  /** The bytes that are flushed; undefined where no file is. */
  getFile(container: string, path: string): Buffer | undefined;
  /** With all that is below it. */
  deletePath(container: string, path: string): void;
  /** Every path, in the order of the tree. */
  paths(container: string): readonly PathSummary[];
}

/** Its functions throw a TypeError where there is no such container. */
export function createSeeding(settings: Settings): AdlsSeeding {
  const { containers, now, newEtag } = settings;
  const at = (name: string): Container => {
    const container = containers.get(name);
    if (container === undefined) throw new TypeError(`there is no container ${name}`);
    return container;
  };
  return {
    createContainer(name) {
      if (!containers.has(name)) newContainer(settings, name);
    },
    containers: () => [...containers.keys()].sort(),
    putFile(container, path, bytes, options = {}) {
      const buffer = Buffer.from(bytes);
      const { lastModified = now(), contentType = 'application/octet-stream' } = options;
      const file = newFile(settings);
      file.chunks.push(buffer);
      file.size = buffer.length;
      file.appends = 1;
      file.metadata = options.metadata ?? {};
      file.headers = { 'content-type': contentType, ...options.headers };
      Object.assign(file, { lastModified, etag: newEtag(lastModified) });
      placeNode(settings, at(container), path, file);
      return summaryOf(path, file);
    },
    makeDirectory: (container, path) => placeNode(settings, at(container), path, newDirectory(settings)),
    getFile(container, path) {
      const node = at(container).paths.get(path);
      return node?.kind === 'file' ? Buffer.concat(node.chunks) : undefined;
    },
    deletePath(container, path) {
      const { paths } = at(container);
      for (const one of [path, ...paths.below(path)]) paths.delete(one);
    },
    paths(container) {
      const { paths } = at(container);
      return [...paths.below('')].flatMap((path) => {
        const node = paths.get(path);
        return node === undefined ? [] : [summaryOf(path, node)];
      });
    },
  };
}

function summaryOf(path: string, node: PathNode): PathSummary {
  const { etag, lastModified, headers, metadata, access, lease } = node;
  const pending = node.kind === 'file' ? [...node.pending.values()] : [];
  return {
    path,
    isDirectory: node.kind === 'directory',
    size: node.kind === 'file' ? node.size : 0,
    pendingBytes: pending.reduce((sum, { size }) => sum + size, 0),
    ...{ etag, lastModified, contentType: headers['content-type'], headers, metadata },
    ...{ owner: access.owner, permissions: access.permissions, leaseId: lease?.id },
  };
}
