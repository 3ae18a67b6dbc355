/** A sink that has no server and keeps every promise, and a handle for each thing that can be done wrong. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { Lifecycle } from '../../../src/core/lifecycle.ts';
import { createSink } from '../../../src/core/sink.ts';
import type { Sink, SinkDriver } from '../../../src/core/sink.ts';
import { connectorError } from '../../../src/errors.ts';
import type { Subject } from '../check.ts';
import { memoryWire } from '../memory-wire.ts';
import type { MemoryWire } from '../memory-wire.ts';
import type { SinkOptions, SinkPlace } from './place.ts';

const KIB = 1024;
const HIGH_WATER_MARK = 64 * KIB;

/** The destination: what was committed, what is on its way there, and how many have a connection open. */
export interface Destination {
  stored: Buffer | undefined;
  received: Buffer[];
  readonly open: Set<object>;
}

/** What a broken sink does otherwise. */
export interface Spoil {
  readonly highWaterMark?: number;
  readonly options?: (options: SinkOptions) => SinkOptions;
  readonly driver?: (
    driver: SinkDriver<unknown>,
    destination: Destination,
    wire: MemoryWire,
  ) => Partial<SinkDriver<unknown>>;
  /** Meddles with the stream when it was made, or gives another in its place. */
  readonly stream?: (sink: Sink<unknown>, destination: Destination, wire: MemoryWire, options: SinkOptions) => unknown;
}

export function memorySinkSubject(name: string, spoil: Spoil = {}): Subject<SinkPlace> {
  return { name, open: () => Promise.resolve(place(spoil)) };
}

function place(spoil: Spoil): SinkPlace {
  const wire = memoryWire();
  const destination: Destination = { stored: undefined, received: [], open: new Set() };
  return {
    sink(options = {}) {
      const lifecycle = new Lifecycle<unknown>(
        { connector: 'memory', operation: 'put', profile: 'test' },
        spoil.options?.(options) ?? options,
      );
      destination.received = [];
      const sink = createSink({
        lifecycle,
        highWaterMark: spoil.highWaterMark ?? HIGH_WATER_MARK,
        driver: () => {
          const driver = memoryDriver(destination, wire);
          return { ...driver, ...spoil.driver?.(driver, destination, wire) };
        },
      });
      const other = spoil.stream?.(sink, destination, wire, options);
      return other instanceof Writable ? (other as Sink<unknown>) : sink;
    },
    stored: () => Promise.resolve(destination.stored),
    empty() {
      destination.stored = undefined;
      return Promise.resolve();
    },
    removeLeftover: () => Promise.resolve(),
    buffers: [HIGH_WATER_MARK],
    someBytes: 3 * HIGH_WATER_MARK + 7,
    maxHeldBytes: 3 * HIGH_WATER_MARK,
    patienceMs: 1_000,
    wire,
    async assertClean() {
      await turn();
      assert.equal(destination.open.size, 0, 'a connection is still open');
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function memoryDriver(destination: Destination, wire: MemoryWire): SinkDriver<unknown> {
  const connection = {};
  let opening: Promise<void> | undefined;
  const { open } = destination;
  return {
    async write(chunks) {
      open.add(connection);
      await (opening ??= wire.pass('contact'));
      await wire.pass();
      await turn();
      // A copy, as a wire makes one.
      for (const chunk of chunks) destination.received.push(Buffer.from(chunk));
    },
    async flush() {
      open.add(connection);
      await (opening ??= wire.pass('contact'));
      await wire.pass();
    },
    async commit() {
      await wire.pass('commit');
      await turn();
      destination.stored = Buffer.concat(destination.received);
      open.delete(connection);
      return { bytes: destination.stored.length };
    },
    async abort() {
      await turn();
      await turn();
      open.delete(connection);
      return undefined;
    },
    leftover: () => ({ connection: 1 }),
    classify: () => connectorError('CONNECTION_LOST', 'the connection broke'),
  };
}
