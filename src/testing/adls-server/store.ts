/** Everything the server holds, in memory. Stored buffers are never changed, so readers share them. */
import { createSortedKeys } from '../store-server/sorted-keys.ts';
import type { Access } from './access.ts';
import type { Lease } from './leases.ts';

/** Bytes that were appended and not flushed. */
export interface PendingChunk {
  readonly chunks: readonly Buffer[];
  readonly size: number;
}

interface Node {
  /** Without quotes. */
  etag: string;
  lastModified: Date;
  readonly created: Date;
  /** Content-Type, Cache-Control and their like, by lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** Names in the case they were given. */
  metadata: Readonly<Record<string, string>>;
  access: Access;
  lease: Lease | undefined;
}

export interface FileNode extends Node {
  readonly kind: 'file';
  /** What is flushed; grows and is never cut. */
  readonly chunks: Buffer[];
  size: number;
  /** How many appends it is made of. */
  appends: number;
  /** By position. */
  pending: Map<number, PendingChunk>;
  expiresOn: Date | undefined;
}

export interface DirectoryNode extends Node {
  readonly kind: 'directory';
}

export type PathNode = FileNode | DirectoryNode;

export interface Container {
  readonly name: string;
  etag: string;
  lastModified: Date;
  metadata: Readonly<Record<string, string>>;
  readonly root: DirectoryNode;
  readonly paths: Paths;
}

export type Containers = Map<string, Container>;

/** The paths of a container in the order of a walk through its tree: a directory before what is in it, that before its next sibling. */
export class Paths {
  readonly #nodes = new Map<string, PathNode>();
  readonly #keys = createSortedKeys();

  get(path: string): PathNode | undefined {
    return this.#nodes.get(path);
  }

  set(path: string, node: PathNode): void {
    if (!this.#nodes.has(path)) this.#keys.add(keyOf(path));
    this.#nodes.set(path, node);
  }

  delete(path: string): void {
    if (this.#nodes.delete(path)) this.#keys.delete(keyOf(path));
  }

  /** Every path below a directory (`''` is the root), after one that was the last of a page. */
  *below(directory: string, after?: string): Generator<string> {
    const prefix = directory === '' ? '' : keyOf(`${directory}/`);
    const keys = this.#keys.all();
    const start = after === undefined ? prefix : `${keyOf(after)}${SEPARATOR}`;
    for (let index = this.#keys.lowerBound(start); index < keys.length; index += 1) {
      const key = keys[index] ?? '';
      if (!key.startsWith(prefix)) return;
      const path = pathOf(key);
      if (path !== after) yield path;
    }
  }

  hasBelow(directory: string): boolean {
    return this.below(directory).next().done !== true;
  }
}

/** Sorts before every character that a name may have. */
const SEPARATOR = '\0';
const keyOf = (path: string): string => path.replaceAll('/', SEPARATOR);
const pathOf = (key: string): string => key.replaceAll(SEPARATOR, '/');

/** The directories on the way to a path, from the top. */
export function parentsOf(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}
