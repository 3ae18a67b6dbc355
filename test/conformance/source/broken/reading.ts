/** Sources that are wrong while they are read. */
import { Readable } from 'node:stream';
import type { Source } from '../../../../src/core/source.ts';
import { shows } from './broken-source.ts';
import type { BrokenSource } from './broken-source.ts';

export const brokenInReading: readonly BrokenSource[] = [
  {
    what: 'makes up a byte for nothing',
    refusedBy: 'gives not one byte of what is empty, and ends',
    spoil: { chunks: (chunks) => (chunks.length === 0 ? [Buffer.from('\n')] : chunks) },
  },
  {
    what: 'never ends what is empty',
    refusedBy: 'gives not one byte of what is empty, and ends',
    spoil: {
      driver: (driver) => ({ pull: async () => (await driver.pull()) ?? new Promise(() => undefined) }),
    },
  },
  {
    what: 'takes one byte for none',
    refusedBy: 'gives one byte',
    spoil: { chunks: (chunks) => chunks.filter(({ length }) => length > 1) },
  },
  {
    what: 'loses the byte behind a full buffer',
    refusedBy: 'gives the same bytes at every size around its buffers',
    spoil: { chunks: (chunks) => (chunks.length > 1 ? chunks.filter(({ length }) => length > 1) : chunks) },
  },
  {
    what: 'repeats a chunk',
    refusedBy: 'gives the same bytes of much more than it may hold',
    spoil: { chunks: (chunks) => chunks.toSpliced(3, 0, ...chunks.slice(2, 3)) },
  },
  {
    what: 'swaps two chunks',
    refusedBy: 'gives the same bytes of much more than it may hold',
    spoil: { chunks: (chunks) => [...chunks.slice(1, 2), ...chunks.slice(0, 1), ...chunks.slice(2)] },
  },
  {
    what: 'damages a byte',
    refusedBy: 'gives all bytes by a pipeline',
    spoil: { chunks: (chunks) => chunks.map((chunk, n) => (n === 1 ? damaged(chunk, 17) : chunk)) },
  },
  {
    what: 'ends twice',
    refusedBy: 'gives one byte',
    spoil: { stream: (source) => source.once('end', () => source.emit('end')) },
  },
  {
    what: 'closes twice',
    refusedBy: 'gives one byte',
    spoil: { stream: (source) => source.once('close', () => source.emit('close')) },
  },
  {
    what: 'connects when it is made',
    refusedBy: 'opens nothing before it is first read',
    spoil: { stream: (_source, wire) => void wire.pass('contact') },
  },
  {
    what: 'gives data behind its end',
    refusedBy: 'gives nothing after its end',
    spoil: { stream: (source) => source.once('end', () => setImmediate(() => source.emit('data', Buffer.from('x')))) },
  },
  {
    what: 'has a result before its end',
    refusedBy: 'has its result from `end` on, and not before',
    spoil: { stream: (source) => shows(source, 'result', { value: { bytes: 0 } }) },
  },
  {
    what: 'has its result only after `end`',
    refusedBy: 'has its result from `end` on, and not before',
    spoil: {
      stream: (source) => shows(source, 'result', { get: () => (source.closed ? source.result : undefined) }),
    },
  },
  {
    what: 'counts nothing',
    refusedBy: 'counts in `progress` every byte that it gives, live',
    spoil: { stream: (source) => shows(source, 'progress', { value: { bytes: 0 } }) },
  },
  {
    what: 'shares what it has read among its readers',
    refusedBy: 'gives the same bytes to two readers at once',
    spoil: (() => {
      let shared: Buffer[] = [];
      return { chunks: (chunks: Buffer[]) => (shared = shared.length === 0 ? chunks : shared) };
    })(),
  },
  {
    what: 'says not-done when it is destroyed after its end',
    refusedBy: 'stays done whatever destroys it after its end',
    spoil: {
      stream: (source) => {
        const destroy = source.destroy.bind(source);
        source.destroy = (error) => {
          if (source.closed) source.emit('error', error);
          return destroy(error);
        };
      },
    },
  },
  {
    what: 'never settles',
    refusedBy: 'is done when a listener of its end destroys it with an error',
    spoil: { stream: (source) => shows(source, 'settled', { value: new Promise(() => undefined) }) },
  },
  {
    what: 'reads all it can',
    refusedBy: 'holds no more memory than it may while nobody reads on',
    spoil: { highWaterMark: 1e9 },
  },
  {
    what: 'fills its buffer far beyond its high-water mark',
    refusedBy: 'buffers no more than its high-water mark and one chunk while nobody reads on',
    spoil: {
      stream: (source) =>
        source.once('readable', () => {
          for (let n = 0; n < 9; n += 1) source.unshift(Buffer.alloc(65_536));
        }),
    },
  },
  {
    what: 'pays no heed to a pause',
    refusedBy: 'goes on where it was after every pause',
    spoil: { stream: (source) => void (source.pause = () => source) },
  },
  {
    what: 'drops what came while it was not piped',
    refusedBy: 'can be unpiped, and piped elsewhere, without the loss of a byte',
    spoil: {
      stream: (source) => {
        const unpipe = source.unpipe.bind(source);
        source.unpipe = (to) => {
          unpipe(to);
          source.resume();
          return source;
        };
      },
    },
  },
  {
    what: 'flows before anybody listens',
    refusedBy: 'loses nothing when its reader comes late',
    spoil: { stream: (source) => setImmediate(() => source.resume()) },
  },
  {
    what: 'leaves a loop before it is over',
    refusedBy: 'is over when a `break` has left the loop',
    spoil: { stream: nodesIterator },
  },
  {
    what: 'leaves a loop before it is over, by a return',
    refusedBy: 'is over when a `return` has left the loop',
    spoil: { stream: nodesIterator },
  },
  {
    what: 'leaves a loop before it is over, by an exception',
    refusedBy: 'is over when an exception has left the loop, which comes out unchanged',
    spoil: { stream: nodesIterator },
  },
  {
    what: 'does not close when its iterator is returned at once',
    refusedBy: 'is over when its iterator is returned before the first chunk',
    spoil: { stream: nodesIterator },
  },
  {
    what: 'leaves the scope of an `await using` before it is over',
    refusedBy: 'is over behind the scope of an `await using`',
    spoil: {
      stream: (source) => shows(source, Symbol.asyncDispose, { value: () => void source.destroy() }),
    },
  },
  {
    what: 'is destroyed by every iterator',
    refusedBy: 'can be read on after an iterator that does not destroy it',
    spoil: { stream: (source) => void (source.iterator = () => Readable.prototype[Symbol.asyncIterator].call(source)) },
  },
  {
    what: 'knows no text',
    refusedBy: 'gives all bytes as text',
    spoil: { stream: (source) => void (source.setEncoding = () => source) },
  },
  {
    what: 'forgets the last chunk of a loop',
    refusedBy: 'gives all bytes to a `for await`',
    spoil: { stream: forgetfulIterator },
  },
  {
    what: 'forgets the last chunk of an operator',
    refusedBy: 'gives all bytes through an operator of Readable',
    spoil: { stream: forgetfulIterator },
  },
  {
    what: 'gives zeros to a read of some size',
    refusedBy: 'gives all bytes by reads of any size',
    spoil: {
      stream: (source) => {
        const read = source.read.bind(source);
        source.read = (size?: number) => {
          const chunk = read(size) as Buffer | null;
          return size === undefined ? chunk : (chunk?.fill(0) ?? null);
        };
      },
    },
  },
  {
    what: 'gives the same memory again and again',
    refusedBy: 'gives all bytes until `finished`',
    spoil: {
      driver: (driver) => {
        const memory = Buffer.alloc(65_536);
        return {
          pull: async () => {
            const chunk = await driver.pull();
            return chunk === undefined ? undefined : memory.subarray(0, chunk.copy(memory));
          },
        };
      },
    },
  },
  {
    what: 'never closes after its end',
    refusedBy: 'gives all bytes as a Web stream',
    spoil: { stream: (source) => void (source._destroy = () => undefined) },
  },
  {
    what: 'goes on when its Web stream is cancelled',
    refusedBy: 'is left when its Web stream is cancelled',
    spoil: { stream: (source) => void (source.destroy = () => source) },
  },
  {
    what: 'goes on when an operator has enough',
    refusedBy: 'is left by an operator that needs no more of it',
    spoil: { driver: () => ({ abort: () => Promise.resolve(undefined) }) },
  },
  {
    what: 'rejects a promise that nobody has',
    refusedBy: 'gives all bytes until `finished`',
    spoil: { stream: (source) => source.once('end', () => void Promise.reject(new Error('unheard'))) },
  },
  {
    what: 'warns the process',
    refusedBy: 'gives all bytes by `toArray`',
    spoil: { stream: (source) => source.once('end', () => process.emitWarning('leaking')) },
  },
];

function damaged(chunk: Buffer, at: number): Buffer {
  const copy = Buffer.from(chunk);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function forgetfulIterator(source: Source<unknown>): Source<unknown> {
  return shows(source, Symbol.asyncIterator, {
    async *value() {
      let last: unknown;
      for await (const chunk of source) {
        if (last !== undefined) yield last;
        last = chunk;
      }
    },
  });
}

/** Which does not wait for the clean-up. */
function nodesIterator(source: Source<unknown>): Source<unknown> {
  return shows(source, Symbol.asyncIterator, { value: Readable.prototype[Symbol.asyncIterator] });
}
