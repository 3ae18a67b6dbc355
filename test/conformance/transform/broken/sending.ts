/** Transforms that are wrong about their bytes. */
import { PassThrough, Transform } from 'node:stream';
import { toCapitals } from '../memory.ts';
import { gives } from './broken-transform.ts';
import type { BrokenTransform } from './broken-transform.ts';

const KIB = 1024;

export const brokenInSending: readonly BrokenTransform[] = [
  {
    what: 'loses the last byte of a full buffer',
    refusedBy: 'gives the same at every size around its buffers',
    spoil: gives((chunk) => (chunk.length === 16 * KIB ? chunk.subarray(1) : chunk)),
  },
  {
    what: 'takes one byte for none',
    refusedBy: 'gives the same of single bytes',
    spoil: gives((chunk) => (chunk.length === 1 ? chunk.subarray(1) : chunk)),
  },
  {
    what: 'looks at each chunk for itself, and begins every one anew',
    refusedBy: 'gives the same whatever pieces its input comes in',
    spoil: gives((chunk, count) => (count === 1 ? chunk : chunk.subarray(1))),
  },
  {
    what: 'swaps two chunks',
    refusedBy: 'gives the same of much more than it may hold',
    spoil: {
      options: (right) => {
        let held: Buffer | undefined;
        let count = 0;
        return {
          transform(chunk: Buffer, encoding, done) {
            count += 1;
            if (count === 3) held = chunk;
            const now = count === 3 ? Buffer.alloc(0) : count === 4 ? Buffer.concat([chunk, held ?? chunk]) : chunk;
            right.transform.call(this, now, encoding, done);
          },
        };
      },
    },
  },
  {
    what: 'takes an empty chunk for the end',
    refusedBy: 'takes no notice of empty chunks',
    spoil: {
      options: (right) => ({
        transform(chunk: Buffer, encoding, done) {
          if (chunk.length === 0) this.push(null);
          else right.transform.call(this, chunk, encoding, done);
        },
      }),
    },
  },
  {
    what: 'makes up a line for nothing',
    refusedBy: 'makes of no input what its format says: nothing, or an error',
    spoil: gives(
      (chunk) => chunk,
      (transform) => transform.push('\n'),
    ),
  },
  {
    what: 'fails on nothing with whatever it comes upon',
    refusedBy: 'makes of no input what its format says: nothing, or an error',
    spoil: {
      place: { emptyCode: 'COMPRESSED_DATA_TRUNCATED' },
      options: () => ({ flush: (done) => done(new Error('unexpected end of file')) }),
    },
  },
  {
    what: 'looks at all of the memory that a view is of',
    refusedBy: 'takes a view of any memory for the bytes it shows',
    spoil: gives((chunk) => Buffer.from(chunk.buffer)),
  },
  {
    what: 'works on the bytes that it was given',
    refusedBy: 'leaves the bytes that it is given as they are',
    spoil: gives((chunk) => {
      toCapitals(chunk).copy(chunk);
      return chunk;
    }),
  },
  {
    what: 'shares what it remembers with others of its kind',
    refusedBy: 'is not disturbed by another of its kind at work beside it',
    spoil: sharing(),
  },
  {
    what: 'finishes after its first chunk',
    refusedBy: 'says neither that it has finished nor that it has ended before its input has',
    spoil: { stream: (transform) => void transform.once('data', () => transform.emit('finish')) },
  },
  {
    what: 'gives data behind its end',
    refusedBy: 'gives nothing after its end, and stays ended whatever destroys it',
    spoil: {
      stream: (transform) => void transform.once('end', () => setImmediate(() => transform.emit('data', 'x'))),
    },
  },
  {
    what: 'ends twice',
    refusedBy: 'gives nothing after its end, and stays ended whatever destroys it',
    spoil: { stream: (transform) => void transform.once('end', () => transform.emit('end')) },
  },
  {
    what: 'never ends',
    refusedBy: 'gives the same in a pipeline',
    spoil: { options: () => ({ flush: () => undefined }) },
  },
  {
    what: 'gives a byte too many to a pipe',
    refusedBy: 'gives the same by `pipe`',
    spoil: { stream: (transform) => void transform.on('pipe', () => transform.push('x')) },
  },
  {
    what: 'gives something before it was given anything',
    refusedBy: 'gives the same by `compose`',
    spoil: { stream: (transform) => void transform.push('so it begins\n') },
  },
  {
    what: 'keeps its first chunk from iterators',
    refusedBy: 'gives the same to an async iterator',
    spoil: {
      stream(transform) {
        const iterate = transform[Symbol.asyncIterator].bind(transform);
        transform[Symbol.asyncIterator] = () => {
          const iterator = iterate();
          void iterator.next();
          return iterator;
        };
      },
    },
  },
  {
    what: 'gives text instead of bytes',
    refusedBy: 'gives the same as a Web stream',
    spoil: { stream: (transform) => void transform.setEncoding('utf16le') },
  },
  {
    what: 'takes whatever options it is given',
    refusedBy: 'refuses options that make no sense when it is made',
    spoil: { place: { badOptions: [() => new PassThrough()] } },
  },
  {
    what: 'finds out about its options when it is used',
    refusedBy: 'refuses options that make no sense when it is made',
    spoil: {
      place: {
        badOptions: [
          () => new Transform({ transform: (_chunk, _encoding, done) => done(new Error('no such option')) }),
        ],
      },
    },
  },
  {
    what: 'keeps everything until its end',
    refusedBy: 'gives what it has without waiting for the end of its input',
    spoil: keepsAll(),
  },
  {
    what: 'never makes its writer wait',
    refusedBy: 'makes its writer wait while nobody reads, and gives all of it when somebody does',
    spoil: { stream: () => new PassThrough({ highWaterMark: 64 * KIB * KIB }) },
  },
  {
    what: 'keeps a thousand bytes for each that it is given',
    refusedBy: 'holds no more memory than it may while nobody reads',
    spoil: gives((chunk) => {
      hoard.push(Buffer.alloc(1_000 * chunk.length));
      return chunk;
    }),
  },
  {
    what: 'loses a chunk whose reader is slow',
    refusedBy: 'loses nothing to a reader that takes a byte at a time, and pauses',
    spoil: {
      options: (right) => ({
        transform(chunk: Buffer, encoding, done) {
          right.transform.call(this, this.isPaused() ? Buffer.alloc(0) : chunk, encoding, done);
        },
      }),
    },
  },
];

/** Memory that nobody gives back. */
const hoard: Buffer[] = [];

function sharing(): BrokenTransform['spoil'] {
  let last: Buffer = Buffer.alloc(0);
  return {
    options: (right) => ({
      transform(chunk: Buffer, encoding, done) {
        last = chunk;
        setImmediate(() => right.transform.call(this, last, encoding, done));
      },
    }),
  };
}

function keepsAll(): BrokenTransform['spoil'] {
  return {
    options: () => {
      const kept: Buffer[] = [];
      return {
        transform(chunk: Buffer, _encoding, done) {
          kept.push(chunk);
          done();
        },
        flush(done) {
          done(null, toCapitals(Buffer.concat(kept)));
        },
      };
    },
  };
}
