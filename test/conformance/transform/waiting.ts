/** A transform whose reader is slow: its writer waits, and little is held. */
import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { liveBufferBytes } from '../live-bytes.ts';
import { cut } from '../sample.ts';
import { quiet, soon } from '../watch.ts';
import { assertGave, assertLeft, open, send, write } from './feeding.ts';
import type { TransformCheck } from './place.ts';

const CHUNK = 16 * 1024;
/** What the process itself may allocate meanwhile. */
const SLACK_BYTES = 1.5 * 1024 * 1024;

export const waitingChecks: readonly TransformCheck[] = [
  {
    promise: 'makes its writer wait while nobody reads, and gives all of it when somebody does',
    async verify(place) {
      const opened = open(place);
      const { transform } = opened;
      const chunks = cut(place.input(place.manyBytes), CHUNK);
      let taken = 0;
      const offer = (): void => {
        while (taken < chunks.length && transform.write(chunks[taken])) taken += 1;
        taken += 1;
      };
      transform.on('drain', offer);
      offer();
      await quiet(() => taken);
      transform.off('drain', offer);
      assert.ok(transform.writableNeedDrain, 'it takes whatever it is given');
      assert.ok(taken * CHUNK <= place.maxHeldBytes, `${taken * CHUNK} bytes were taken`);
      assert.deepEqual(opened.watched.events, []);
      const output = await send(place, opened, chunks.slice(taken));
      await assertGave(place, opened, output, place.manyBytes);
    },
  },
  {
    promise: 'holds no more memory than it may while nobody reads',
    async verify(place) {
      const chunks = cut(place.input(place.manyBytes), CHUNK);
      const before = await quiet(liveBufferBytes);
      const opened = open(place);
      for (const chunk of chunks) {
        await turn();
        if (!opened.transform.write(Buffer.from(chunk))) break;
      }
      const held = (await quiet(liveBufferBytes)) - before;
      assert.ok(held <= place.maxHeldBytes + SLACK_BYTES, `${held} bytes are held while nobody reads`);
      opened.transform.destroy();
      assert.equal(await assertLeft(place, opened), undefined);
    },
  },
  {
    promise: 'gives what it has without waiting for the end of its input',
    async verify(place) {
      const opened = open(place);
      let given = 0;
      opened.transform.on('data', (chunk: Buffer) => (given += chunk.length));
      for (const chunk of cut(place.input(place.manyBytes), CHUNK)) await write(place, opened, chunk);
      await quiet(() => given);
      assert.ok(given > place.expected(place.manyBytes).length / 8, `only ${given} bytes had come out`);
      opened.transform.destroy();
      await assertLeft(place, opened);
    },
  },
  {
    promise: 'loses nothing to a reader that takes a byte at a time, and pauses',
    async verify(place) {
      const opened = open(place);
      const slow = new PassThrough({ highWaterMark: 1 });
      const piped = pipeline(Readable.from(cut(place.input(place.someBytes), CHUNK)), opened.transform, slow);
      const output: Buffer[] = [];
      for await (const chunk of slow as AsyncIterable<Buffer>) {
        output.push(chunk);
        await turn();
      }
      await soon('the pipeline', piped, place.patienceMs);
      await assertGave(place, opened, Buffer.concat(output), place.someBytes);
    },
  },
];
