/** What the suite of stores asks of an implementation: named bytes, whole or not at all, whatever the vendor calls them. */
import type { Check, Place } from '../check.ts';
import type { Wire } from '../wire.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ReadOptions extends CallOptions {
  /** Offsets from 0, both inclusive. */
  readonly range?: { readonly start?: number; readonly end?: number };
  /** Only this version. */
  readonly etag?: string;
}

export interface WriteOptions extends CallOptions {
  /** Refuse to replace anything. */
  readonly ifAbsent?: boolean;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What is told about a name without its bytes. */
export interface Stat {
  readonly name: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  /** Not in lists, like what follows. */
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Store {
  /** Resolves with the new version's ETag. */
  write(name: string, bytes: Buffer, options?: WriteOptions): Promise<string>;
  read(name: string, options?: ReadOptions): Promise<Buffer>;
  stat(name: string, options?: CallOptions): Promise<Stat>;
  /** What begins with `prefix`, in the order of the names' UTF-8 bytes. */
  list(prefix: string, options?: CallOptions): AsyncIterable<Stat>;
}

export interface StorePlace extends Place {
  readonly store: Store;
  /** The same kind of store where there is none: another bucket, another container. */
  readonly nowhere: Store;
  /** Removes one name, behind the store's back. */
  remove(name: string): Promise<void>;
  /** Sizes at which buffers change hands. */
  readonly buffers: readonly number[];
  /** So many names come on more than one page. */
  readonly pages: number;
  readonly patienceMs: number;
  readonly wire?: Wire;
}

export type StoreCheck = Check<StorePlace>;

/** The wire of a place, for checks that are `onTheWire`. */
export function wireOf({ wire }: { readonly wire?: Wire }): Wire {
  if (wire === undefined) throw new Error('this check needs a place with a wire');
  return wire;
}
