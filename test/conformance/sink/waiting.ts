/** A sink whose service is slow: its writer waits, and little is held. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { liveBufferBytes } from '../live-bytes.ts';
import { cut, sample } from '../sample.ts';
import { quiet, soon } from '../watch.ts';
import { assertFinished, assertLeft } from './endings.ts';
import { wireOf } from './place.ts';
import type { SinkCheck } from './place.ts';
import { fill, open, writeOne } from './writing.ts';

const CHUNK = 16 * 1024;
/** What the process itself may allocate meanwhile. */
const SLACK_BYTES = 1.5 * 1024 * 1024;

export const waitingChecks: readonly SinkCheck[] = [
  {
    promise: 'makes its writer wait at its high-water mark, and calls it back when it wants more',
    async verify(place) {
      const bytes = sample(place.someBytes);
      const opened = open(place);
      const { sink } = opened;
      let drains = 0;
      let waits = 0;
      sink.on('drain', () => (drains += 1));
      for (const chunk of cut(bytes, CHUNK)) {
        const hasRoom = sink.write(chunk);
        assert.equal(hasRoom, sink.writableLength < sink.writableHighWaterMark);
        assert.ok(sink.writableLength < sink.writableHighWaterMark + chunk.length, `${sink.writableLength} are held`);
        if (hasRoom) continue;
        assert.equal(sink.writableNeedDrain, true);
        await soon('drain', once(sink, 'drain'), place.patienceMs);
        waits += 1;
        assert.deepEqual([drains, sink.writableLength], [waits, 0]);
      }
      assert.ok(waits > 0, 'it never made its writer wait');
      await fill(place, opened, []);
      await assertFinished(place, opened, bytes);
    },
  },
  {
    promise: 'takes no more than it may hold while its service takes nothing',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      const opened = open(place);
      const { sink } = opened;
      const chunk = sample(CHUNK);
      await writeOne(place, opened, chunk);
      const before = await quiet(liveBufferBytes);
      wire.stall();
      let written = 0;
      const write = (): void => {
        while (written < 4 * place.maxHeldBytes && sink.write(Buffer.from(chunk))) written += CHUNK;
      };
      sink.on('drain', write);
      write();
      await quiet(() => written, 200);
      assert.ok(written <= place.maxHeldBytes, `${written} bytes were taken`);
      const held = (await quiet(liveBufferBytes)) - before;
      assert.ok(held <= place.maxHeldBytes + SLACK_BYTES, `${held} bytes are held`);
      sink.off('drain', write);
      wire.heal();
      await writeOne(place, opened, chunk);
      sink.destroy();
      await assertLeft(place, opened);
    },
  },
];
