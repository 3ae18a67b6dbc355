/** A source that has no server and keeps every promise, and a handle for each thing that can be done wrong. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { Lifecycle } from '../../../src/core/lifecycle.ts';
import { createSource } from '../../../src/core/source.ts';
import type { Source, SourceDriver } from '../../../src/core/source.ts';
import { connectorError } from '../../../src/errors.ts';
import type { Subject } from '../check.ts';
import { memoryWire } from '../memory-wire.ts';
import type { MemoryWire } from '../memory-wire.ts';
import { cut } from '../sample.ts';
import type { SourceOptions, SourcePlace } from './place.ts';

const KIB = 1024;
const CHUNK = 64 * KIB;

/** What a broken source does otherwise. */
export interface Spoil {
  /** The chunks of what was put. */
  readonly chunks?: (chunks: Buffer[]) => Buffer[];
  readonly highWaterMark?: number;
  readonly options?: (options: SourceOptions) => SourceOptions;
  readonly driver?: (driver: SourceDriver<unknown>, wire: MemoryWire) => Partial<SourceDriver<unknown>>;
  /** Meddles with the stream when it was made, or gives another in its place. */
  readonly stream?: (source: Source<unknown>, wire: MemoryWire, options: SourceOptions) => unknown;
}

export function memorySourceSubject(name: string, spoil: Spoil = {}): Subject<SourcePlace> {
  return { name, open: () => Promise.resolve(place(spoil)) };
}

function place(spoil: Spoil): SourcePlace {
  const wire = memoryWire();
  const open = new Set<object>();
  let bytes: Buffer = Buffer.alloc(0);
  return {
    put(given) {
      bytes = given;
      return Promise.resolve();
    },
    source(options = {}) {
      const lifecycle = new Lifecycle<unknown>(
        { connector: 'memory', operation: 'get', profile: 'test' },
        spoil.options?.(options) ?? options,
      );
      const chunks = spoil.chunks?.(cut(bytes, CHUNK)) ?? cut(bytes, CHUNK);
      const source = createSource({
        lifecycle,
        highWaterMark: spoil.highWaterMark ?? CHUNK,
        driver: () => {
          const driver = memoryDriver(chunks, wire, open);
          return { ...driver, ...spoil.driver?.(driver, wire) };
        },
      });
      const other = spoil.stream?.(source, wire, options);
      return other instanceof Readable ? (other as Source<unknown>) : source;
    },
    buffers: [CHUNK, 2 * CHUNK],
    maxHeldBytes: 3 * CHUNK,
    ...{ someBytes: 5 * CHUNK + 7, manyBytes: 3 * KIB * KIB, patienceMs: 1_000 },
    wire,
    async assertClean() {
      await turn();
      assert.equal(open.size, 0, 'a connection is still open');
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function memoryDriver(chunks: Buffer[], wire: MemoryWire, open: Set<object>): SourceDriver<unknown> {
  const connection = {};
  let opening: Promise<void> | undefined;
  let bytes = 0;
  return {
    totalBytes: undefined,
    async pull() {
      open.add(connection);
      opening ??= wire.pass('contact');
      await opening;
      await wire.pass();
      await turn();
      const chunk = chunks.shift();
      // Not the stored bytes themselves: what is held shall show.
      if (chunk !== undefined) {
        bytes += chunk.length;
        return Buffer.from(chunk);
      }
      open.delete(connection);
      return undefined;
    },
    async abort() {
      await turn();
      await turn();
      open.delete(connection);
      return undefined;
    },
    result: () => ({ bytes }),
    leftover: () => undefined,
    classify: () => connectorError('CONNECTION_LOST', 'the connection broke'),
  };
}
