/** A transform that is given all of its input. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { fingerprint } from '../../support/bytes.ts';
import { between, randomNumbers, seed } from '../../support/seed.ts';
import { cut } from '../sample.ts';
import { quiet, soon } from '../watch.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { assertEnded, assertGave, assertLeft, open, send } from './feeding.ts';
import type { TransformCheck, TransformPlace } from './place.ts';

const FEW = 2_000;

export const wholeChecks: readonly TransformCheck[] = [
  {
    promise: 'gives the same at every size around its buffers',
    async verify(place) {
      const sizes = [1, ...place.buffers.flatMap((edge) => [edge - 1, edge, edge + 1])];
      for (const size of sizes) await assertSame(place, size, [place.input(size)]);
    },
  },
  {
    promise: 'gives the same of single bytes',
    verify: (place) => assertSame(place, FEW, cut(place.input(FEW), 1)),
  },
  {
    promise: 'gives the same whatever pieces its input comes in',
    async verify(place) {
      const random = randomNumbers('pieces');
      for (let round = 0; round < 5; round += 1) {
        const pieces = [...torn(place.input(place.someBytes), random)];
        try {
          await assertSame(place, place.someBytes, pieces);
        } catch (error) {
          throw new assert.AssertionError({ message: `TEST_SEED=${seed}, round ${round}: ${String(error)}` });
        }
      }
    },
  },
  {
    promise: 'gives the same of much more than it may hold',
    verify: (place) => assertSame(place, place.manyBytes, cut(place.input(place.manyBytes), 50_000)),
  },
  {
    promise: 'takes no notice of empty chunks',
    async verify(place) {
      const nothing = Buffer.alloc(0);
      const pieces = cut(place.input(FEW), 100).flatMap((piece) => [nothing, piece, nothing]);
      await assertSame(place, FEW, pieces);
    },
  },
  {
    promise: 'makes of no input what its format says: nothing, or an error',
    async verify(place) {
      const opened = open(place);
      const output = await send(place, opened, []);
      if (place.emptyCode === undefined) {
        await assertEnded(place, opened);
        assert.equal(place.read(output).length, 0);
        return;
      }
      const error = await assertLeft(place, opened);
      assert.ok(error instanceof ConnectorError);
      assert.deepEqual([error.code, output.length], [place.emptyCode, 0]);
    },
  },
  {
    promise: 'takes a view of any memory for the bytes it shows',
    async verify(place) {
      const input = place.input(FEW);
      const memory = new Uint8Array(input.length + 20).fill(0x21);
      memory.set(input, 10);
      await assertSame(place, FEW, [new Uint8Array(memory.buffer, 10, input.length)]);
    },
  },
  {
    promise: 'leaves the bytes that it is given as they are',
    async verify(place) {
      const input = Buffer.from(place.input(place.someBytes));
      const before = fingerprint(input);
      await assertSame(place, place.someBytes, cut(input, 10_000));
      assert.equal(fingerprint(input), before);
    },
  },
  {
    promise: 'is not disturbed by another of its kind at work beside it',
    async verify(place) {
      const sizes = [place.someBytes, place.someBytes >> 1];
      const beside = sizes.map(async (size, n) => {
        const opened = open(place);
        await assertGave(place, opened, await send(place, opened, cut(place.input(size), 5_000 + 77 * n)), size);
      });
      await Promise.all(beside);
    },
  },
  {
    promise: 'says neither that it has finished nor that it has ended before its input has',
    async verify(place) {
      const opened = open(place);
      const { transform, watched } = opened;
      const output: Buffer[] = [];
      transform.on('data', (chunk: Buffer) => output.push(chunk));
      const taken = new Promise((resolve) => transform.write(place.input(FEW), resolve));
      await soon('the write', taken, place.patienceMs);
      await quiet(() => output.length);
      assert.deepEqual(watched.events, []);
      await send(place, opened, []);
      await assertGave(place, opened, Buffer.concat(output), FEW);
    },
  },
  {
    promise: 'gives nothing after its end, and stays ended whatever destroys it',
    async verify(place) {
      const opened = open(place);
      const { transform } = opened;
      let late = 0;
      transform.on('end', () => transform.on('data', () => (late += 1)));
      await assertGave(place, opened, await send(place, opened, [place.input(FEW)]), FEW);
      transform.destroy(new Error('too late'));
      await turn();
      assert.deepEqual([late, transform.read()], [0, null]);
      await assertEnded(place, opened);
    },
  },
];

async function assertSame(place: TransformPlace, size: number, pieces: readonly Uint8Array[]): Promise<void> {
  const opened = open(place);
  await assertGave(place, opened, await send(place, opened, pieces), size);
}

/** `bytes` in pieces of mostly few, now and then many bytes. */
function* torn(bytes: Buffer, random: () => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const size = random() < 0.5 ? between(random, 0, 300) : between(random, 0, 100_000);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
