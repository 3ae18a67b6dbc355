/** A store that has no server and keeps every promise, and a handle to do each thing wrong. */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { connectorError } from '../../../src/errors.ts';
import type { Subject } from '../check.ts';
import { memoryWire } from '../memory-wire.ts';
import type { MemoryWire } from '../memory-wire.ts';
import type { CallOptions, Stat, Store, StorePlace } from './place.ts';

const KIB = 1024;
/** Of one that is right, and of one that is known to be wrong. */
const PATIENCE_MS = { right: 5_000, broken: 500 };

export interface Kept extends Stat {
  readonly bytes: Buffer;
}

/** What is kept, by name. */
export type Names = Map<string, Kept>;

/** What a broken store does otherwise. */
export type Spoil = (store: Store, names: Names, wire: MemoryWire) => Partial<Store>;

export function memoryStoreSubject(name: string, spoil?: Spoil): Subject<StorePlace> {
  return {
    name,
    open: () =>
      Promise.resolve(place(spoil ?? ((store) => store), spoil === undefined ? PATIENCE_MS.right : PATIENCE_MS.broken)),
  };
}

function place(spoil: Spoil, patienceMs: number): StorePlace {
  const wire = memoryWire();
  const names: Names = new Map();
  const right = (kept: Names | undefined): Store => {
    const store = memoryStore(kept, wire);
    return { ...store, ...spoil(store, names, wire) };
  };
  return {
    store: right(names),
    nowhere: right(undefined),
    remove(name) {
      names.delete(name);
      return Promise.resolve();
    },
    ...{ buffers: [KIB], pages: 5, patienceMs, wire },
    assertClean: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function memoryStore(kept: Names | undefined, wire: MemoryWire): Store {
  const names = (): Names => kept ?? refuse('NOT_FOUND');
  const find = (name: string): Kept => names().get(name) ?? refuse('NOT_FOUND');
  return {
    write: (name, bytes, { ifAbsent = false, contentType, metadata, signal } = {}) =>
      requested(wire, signal, () => {
        if (ifAbsent && names().has(name)) refuse('ALREADY_EXISTS');
        const etag = createHash('md5').update(bytes).digest('hex');
        const about = {
          ...(contentType === undefined ? {} : { contentType }),
          ...(metadata === undefined ? {} : { metadata }),
        };
        const stat = { name, size: bytes.length, etag, lastModified: new Date(), ...about };
        names().set(name, { ...stat, bytes: Buffer.from(bytes) });
        return etag;
      }),
    read: (name, { range: { start = 0, end } = {}, etag, signal } = {}) =>
      requested(wire, signal, () => {
        const { bytes, etag: version } = find(name);
        if (etag !== undefined && etag !== version) refuse('OBJECT_CHANGED');
        if (start > 0 && start >= bytes.length) refuse('RANGE_NOT_SATISFIABLE');
        return Buffer.from(bytes.subarray(start, end === undefined ? bytes.length : end + 1));
      }),
    stat: (name, { signal } = {}) =>
      requested(wire, signal, () => {
        const { bytes, ...stat } = find(name);
        return { ...stat, size: bytes.length };
      }),
    async *list(prefix, { signal } = {}) {
      const stats = await requested(wire, signal, () => [...names().values()]);
      const under = stats.filter(({ name }) => name.startsWith(prefix));
      yield* under.toSorted((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)));
    },
  };
}

/** What a request does once it has come through the wire; it is given up when the signal fires. */
async function requested<T>(wire: MemoryWire, signal: CallOptions['signal'], work: () => T): Promise<T> {
  if (signal?.aborted === true) throw aborted(signal);
  const over = new AbortController();
  const given = new Promise<never>((_resolve, reject) => {
    const options = { once: true, signal: over.signal };
    signal?.addEventListener('abort', () => reject(aborted(signal)), options);
  });
  try {
    await Promise.race([wire.pass('contact').catch(lost), given]);
    await turn();
    return work();
  } finally {
    over.abort();
  }
}

function aborted({ reason }: AbortSignal): Error {
  return connectorError('ABORTED', 'the request was given up', { cause: reason });
}

function lost(): never {
  throw connectorError('CONNECTION_LOST', 'the connection broke');
}

function refuse(code: 'NOT_FOUND' | 'ALREADY_EXISTS' | 'OBJECT_CHANGED' | 'RANGE_NOT_SATISFIABLE'): never {
  throw connectorError(code, 'the store refused');
}
