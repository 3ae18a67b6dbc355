/** A source whose reader is slow: nothing is lost by it, and little is held. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { fingerprint } from '../../support/bytes.ts';
import { liveBufferBytes } from '../live-bytes.ts';
import { sample } from '../sample.ts';
import { quiet, soon } from '../watch.ts';
import { assertEnded } from './endings.ts';
import type { SourceCheck } from './place.ts';
import { bytesOf, drain, firstChunk, open } from './reading.ts';

const EMPTY = Buffer.alloc(0);

/** What the process itself may allocate meanwhile. */
const SLACK_BYTES = 1.5 * 1024 * 1024;

export const waitingChecks: readonly SourceCheck[] = [
  {
    promise: 'buffers no more than its high-water mark and one chunk while nobody reads on',
    async verify(place) {
      const bytes = sample(place.manyBytes);
      await place.put(bytes);
      const { source, watched } = open(place);
      await soon('the first chunk', once(source, 'readable'), place.patienceMs);
      await quiet(() => source.readableLength);
      const chunks: Buffer[] = [];
      let held = 0;
      source.on('readable', () => {
        held = Math.max(held, source.readableLength);
        for (let chunk: unknown; (chunk = source.read()) !== null;) chunks.push(bytesOf(chunk));
      });
      await soon('the end', once(source, 'end'), place.patienceMs);
      // Of objects, the length is their number: small ones come so many at once.
      const largest = source.readableObjectMode ? 64 : Math.max(...chunks.map(({ length }) => length));
      assert.ok(held <= source.readableHighWaterMark + largest, `${held} bytes were buffered`);
      assert.equal(fingerprint(Buffer.concat(chunks)), fingerprint(bytes));
      await assertEnded(source, watched, place.patienceMs);
    },
  },
  {
    promise: 'holds no more memory than it may while nobody reads on',
    async verify(place) {
      const bytes = sample(place.manyBytes);
      await place.put(bytes);
      const before = await quiet(liveBufferBytes);
      const { source, watched } = open(place);
      const first = await firstChunk(source, place.patienceMs);
      const held = (await quiet(liveBufferBytes)) - before;
      assert.ok(held <= place.maxHeldBytes + SLACK_BYTES, `${held} bytes are held while nobody reads`);
      const rest = await drain(source, place.patienceMs);
      assert.equal(fingerprint(Buffer.concat([first, rest])), fingerprint(bytes));
      await assertEnded(source, watched, place.patienceMs);
    },
  },
  {
    promise: 'goes on where it was after every pause',
    async verify(place) {
      const bytes = sample(place.someBytes);
      await place.put(bytes);
      const { source, watched } = open(place);
      // Of rows there are far more than of chunks.
      const every = source.readableObjectMode ? 50 : 1;
      let paused = false;
      let whilePaused = 0;
      let given = 0;
      source.on('data', () => {
        given += 1;
        if (paused) whilePaused += 1;
        if (given % every !== 0) return;
        paused = true;
        source.pause();
        setTimeout(() => {
          paused = false;
          source.resume();
        }, 2);
      });
      assert.equal(fingerprint(await drain(source, place.patienceMs)), fingerprint(bytes));
      assert.equal(whilePaused, 0, 'data while it was paused');
      await assertEnded(source, watched, place.patienceMs);
    },
  },
  {
    promise: 'can be unpiped, and piped elsewhere, without the loss of a byte',
    async verify(place) {
      const bytes = sample(place.someBytes);
      await place.put(bytes);
      const { source, watched } = open(place);
      const objectMode = source.readableObjectMode;
      const one = new PassThrough({ objectMode, highWaterMark: 2 * bytes.length });
      const other = new PassThrough({ objectMode });
      source.pipe(one);
      await soon('the first chunk', once(one, 'readable'), place.patienceMs);
      source.unpipe(one);
      one.end();
      await quiet(() => source.readableLength);
      source.pipe(other);
      const both = Promise.all([one, other].map(async (end) => Buffer.concat((await end.toArray()).map(bytesOf))));
      const [head = EMPTY, tail = EMPTY] = await soon('both', both, place.patienceMs);
      assert.ok(head.length > 0 && tail.length > 0);
      assert.equal(fingerprint(Buffer.concat([head, tail])), fingerprint(bytes));
      await assertEnded(source, watched, place.patienceMs);
    },
  },
  {
    promise: 'loses nothing when its reader comes late',
    async verify(place) {
      const bytes = sample(place.someBytes);
      await place.put(bytes);
      const { source, watched } = open(place);
      source.read(0);
      await quiet(() => source.readableLength);
      assert.equal(fingerprint(await drain(source, place.patienceMs)), fingerprint(bytes));
      await assertEnded(source, watched, place.patienceMs);
    },
  },
];
