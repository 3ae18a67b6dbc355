/** Sinks that are wrong while they are written to, or in their commit. */
import { connectorError } from '../../../../src/errors.ts';
import { shows, storesAsItGoes } from './broken-sink.ts';
import type { BrokenSink } from './broken-sink.ts';
import type { Spoil } from '../memory.ts';

/** Does something else with the chunks that are written. */
const taking = (change: (chunks: Buffer[]) => Buffer[]): Spoil => ({
  driver: (driver) => ({ write: (chunks) => driver.write(change([...chunks])) }),
});

/** Stores something else than what it was given. */
const storing = (change: (bytes: Buffer) => Buffer): Spoil => ({
  driver: (driver, destination) => ({
    async commit(signal) {
      const result = await driver.commit(signal);
      destination.stored = change(destination.stored ?? Buffer.alloc(0));
      return result;
    },
  }),
});

/** Answers its commit before the destination has heard of it. */
const finishesEarly: Spoil = {
  driver: (driver) => ({
    commit(signal) {
      setTimeout(() => void driver.commit(signal).catch(() => undefined), 30);
      return Promise.resolve({ bytes: 0 });
    },
  }),
};

/** Stores everything before its commit is on the way. */
const commitsInFlush: Spoil = {
  driver: (driver, destination) => ({
    async flush() {
      await driver.flush();
      destination.stored = Buffer.concat(destination.received);
    },
  }),
};

export const brokenInWriting: readonly BrokenSink[] = [
  {
    what: 'stores a byte of nothing',
    refusedBy: 'stores nothing but no bytes of no bytes, and finishes',
    spoil: storing((bytes) => (bytes.length === 0 ? Buffer.from('\n') : bytes)),
  },
  {
    what: 'never finishes when it was given nothing',
    refusedBy: 'stores nothing but no bytes of no bytes, and finishes',
    spoil: {
      driver: (driver, { received }) => ({
        flush: () => (received.length === 0 ? new Promise(() => undefined) : driver.flush()),
      }),
    },
  },
  {
    what: 'takes one byte for none',
    refusedBy: 'stores one byte',
    spoil: storing((bytes) => (bytes.length === 1 ? Buffer.alloc(0) : bytes)),
  },
  {
    what: 'finishes twice',
    refusedBy: 'stores one byte',
    spoil: { stream: (sink) => sink.once('finish', () => sink.emit('finish')) },
  },
  {
    what: 'loses the byte behind a full buffer',
    refusedBy: 'stores the same bytes at every size around its buffers',
    spoil: storing((bytes) => bytes.subarray(0, bytes.length === 65_537 ? 65_536 : bytes.length)),
  },
  {
    what: 'cuts a chunk that is larger than its buffer',
    refusedBy: 'stores the same bytes when they come as one chunk',
    spoil: taking((chunks) => chunks.map((chunk) => chunk.subarray(0, 65_536))),
  },
  {
    what: 'takes one chunk of those that have gathered',
    refusedBy: 'stores the same bytes when they come one by one',
    spoil: taking((chunks) => chunks.slice(0, 1)),
  },
  {
    what: 'takes an empty chunk for the end',
    refusedBy: 'stores the same bytes however they are cut, empty chunks among them',
    spoil: {
      stream(sink) {
        let over = false;
        const write = sink.write.bind(sink) as (chunk: Buffer) => boolean;
        sink.write = (chunk: Buffer) => {
          over ||= chunk.length === 0;
          return over || write(chunk);
        };
      },
    },
  },
  {
    what: 'connects when it is made',
    refusedBy: 'opens nothing before it is first used',
    spoil: { stream: (_sink, _destination, wire) => void wire.pass('contact') },
  },
  {
    what: 'has a result before its finish',
    refusedBy: 'has its result from `finish` on, and not before',
    spoil: { stream: (sink) => shows(sink, 'result', { value: {} }) },
  },
  {
    what: 'counts nothing',
    refusedBy: 'counts in `progress` every byte that it takes, live',
    spoil: { stream: (sink) => shows(sink, 'progress', { value: { bytes: 0 } }) },
  },
  {
    what: 'reads its chunks when they are no longer its own',
    refusedBy: 'keeps nothing of a chunk whose callback was called',
    spoil: {
      driver: (_driver, destination) => ({
        write(chunks) {
          destination.received.push(...chunks);
          return Promise.resolve();
        },
      }),
    },
  },
  {
    what: 'emits what destroys it after its finish',
    refusedBy: 'stays done whatever destroys it after its finish',
    spoil: {
      stream: (sink) => {
        const destroy = sink.destroy.bind(sink);
        sink.destroy = (error) => {
          if (sink.closed) sink.emit('error', error);
          return destroy(error);
        };
      },
    },
  },
  {
    what: 'never settles',
    refusedBy: 'is done when a listener of its finish destroys it with an error',
    spoil: { stream: (sink) => shows(sink, 'settled', { value: new Promise(() => undefined) }) },
  },
  {
    what: 'calls back twice',
    refusedBy: 'calls back for every write, once and in order',
    spoil: {
      stream(sink) {
        const write = sink.write.bind(sink) as (chunk: unknown, callback?: () => void) => boolean;
        Object.assign(sink, {
          write: (chunk: unknown, callback?: () => void) =>
            write(chunk, () => {
              callback?.();
              callback?.();
            }),
        });
      },
    },
  },
  {
    what: 'takes every string for UTF-8',
    refusedBy: 'takes strings in their encoding, and views of memory',
    spoil: {
      stream(sink) {
        const write = sink.write.bind(sink);
        Object.assign(sink, {
          write: (chunk: unknown) => write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
        });
      },
    },
  },
  {
    what: 'takes no notice of a cork',
    refusedBy: 'stores what was corked, once and in order',
    spoil: { stream: (sink) => void (sink.cork = () => undefined) },
  },
  {
    what: 'loses what was corked when it is ended',
    refusedBy: 'stores what was still corked when it was ended',
    spoil: taking((chunks) => (chunks.length > 50 ? [] : chunks)),
  },
  {
    what: 'loses the chunk that came with the end',
    refusedBy: 'takes its last chunk with the end, and calls back when it has finished',
    spoil: {
      stream(sink) {
        const end = sink.end.bind(sink) as (callback?: () => void) => typeof sink;
        Object.assign(sink, {
          end: (chunk?: unknown, callback?: () => void) =>
            end(typeof chunk === 'function' ? (chunk as () => void) : callback),
        });
      },
    },
  },
  {
    what: 'commits as often as it is ended',
    refusedBy: 'finishes once however often it is ended',
    spoil: {
      stream(sink) {
        const end = sink.end.bind(sink) as (...values: unknown[]) => typeof sink;
        Object.assign(sink, {
          end: (...values: unknown[]) => (sink.writableFinished ? (values[0] as () => void)() : end(...values)),
        });
      },
    },
  },
  {
    what: 'says nothing of a write after its end',
    refusedBy: 'refuses a write after its end, and says what became of the rest',
    spoil: {
      stream(sink) {
        const write = sink.write.bind(sink) as (chunk: unknown) => boolean;
        Object.assign(sink, { write: (chunk: unknown) => (sink.writableEnded ? false : write(chunk)) });
      },
    },
  },
  {
    what: 'takes whatever it is given',
    refusedBy: 'refuses what are no bytes, and loses nothing by it',
    spoil: {
      stream(sink) {
        const write = sink.write.bind(sink) as (chunk: unknown, callback?: unknown) => boolean;
        Object.assign(sink, {
          write: (chunk: unknown, callback?: unknown) => (Buffer.isBuffer(chunk) ? write(chunk, callback) : true),
        });
      },
    },
  },
  {
    what: 'loses the last chunk of a pipeline',
    refusedBy: 'stores all bytes that it is given by a pipeline',
    spoil: taking((chunks) => chunks.filter(({ length }) => length === 16_384)),
  },
  {
    what: 'gives the first bytes twice',
    refusedBy: 'stores all bytes that it is given by `pipe`',
    spoil: storing((bytes) => Buffer.concat([bytes.subarray(0, 16), bytes])),
  },
  {
    what: 'loses chunks of a generator',
    refusedBy: 'stores all bytes that it is given by a generator',
    spoil: taking((chunks) => chunks.filter(({ length }) => length !== 30_000)),
  },
  {
    what: 'finishes although nothing is stored',
    refusedBy: 'stores all bytes that it is given until `finished`',
    spoil: finishesEarly,
  },
  {
    what: 'swaps two chunks of a Web stream',
    refusedBy: 'stores all bytes that it is given by a Web stream',
    spoil: storing((bytes) => Buffer.concat([bytes.subarray(128, 256), bytes.subarray(0, 128), bytes.subarray(256)])),
  },
  {
    what: 'stores what a Web stream gave before it was aborted',
    refusedBy: 'stores nothing when its Web stream is aborted',
    spoil: storesAsItGoes,
  },
  {
    what: 'takes the end of a pipeline for its own',
    refusedBy: 'stores nothing when it is left open behind a pipeline that does not end it',
    spoil: storesAsItGoes,
  },
  {
    what: 'keeps only what the last pipeline gave',
    refusedBy: 'stores what several pipelines gave it, one after the other',
    spoil: {
      stream: (sink, destination) => sink.on('unpipe', () => (destination.received = destination.received.slice(-1))),
      driver: (driver, destination) => ({
        async commit(signal) {
          destination.received = destination.received.slice(-3);
          return driver.commit(signal);
        },
      }),
    },
  },
  {
    what: 'lets its writer write as much as it likes',
    refusedBy: 'makes its writer wait at its high-water mark, and calls it back when it wants more',
    spoil: { highWaterMark: 1e9 },
  },
  {
    what: 'keeps taking while nothing is taken from it',
    refusedBy: 'takes no more than it may hold while its service takes nothing',
    spoil: {
      driver(driver) {
        const queue: Promise<void>[] = [];
        return {
          write(chunks) {
            queue.push(driver.write(chunks) ?? Promise.resolve());
            return Promise.resolve();
          },
          async flush() {
            await Promise.all(queue);
          },
        };
      },
    },
  },
  {
    what: 'shows every byte as it comes',
    refusedBy: 'shows nothing of what it was given before it is ended',
    spoil: storesAsItGoes,
  },
  {
    what: 'finishes early',
    refusedBy: 'has stored everything when it finishes',
    spoil: finishesEarly,
  },
  {
    what: 'finishes while its commit of a few bytes is on the way',
    refusedBy: 'does not finish, and shows nothing, while its commit of few bytes is on the way',
    spoil: finishesEarly,
  },
  {
    what: 'shows what it has before its commit',
    refusedBy: 'does not finish, and shows nothing, while its commit of many bytes is on the way',
    spoil: commitsInFlush,
  },
  {
    what: 'fails by its own signal although its commit is on the way',
    refusedBy: 'is not stopped by its own signal once its commit is on the way',
    spoil: {
      stream: (sink, _destination, _wire, { signal }) => {
        const leave = (): unknown => sink.destroy(connectorError('ABORTED', 'aborted'));
        signal?.addEventListener('abort', leave);
      },
    },
  },
  {
    what: 'closes while its commit is on the way',
    refusedBy: 'waits for the answer to its commit when it is destroyed meanwhile, and tells it',
    spoil: { stream: (sink) => void (sink._destroy = (error, done) => done(error)) },
  },
  {
    what: 'finishes when its commit of a few bytes was lost',
    refusedBy: 'fails, and never says that it is done, when its commit of few bytes never arrives',
    spoil: { driver: (driver) => ({ commit: (signal) => driver.commit(signal).catch(() => ({ bytes: 0 })) }) },
  },
  {
    what: 'finishes when its commit was lost',
    refusedBy: 'fails, and never says that it is done, when its commit of many bytes never arrives',
    spoil: { driver: (driver) => ({ commit: (signal) => driver.commit(signal).catch(() => ({ bytes: 0 })) }) },
  },
];
