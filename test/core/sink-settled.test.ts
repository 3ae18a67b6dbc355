import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { AbortContext } from '../../src/core/lifecycle.ts';
import { timed } from '../support/faults.ts';
import { assertNoListeners } from '../support/leaks.ts';
import type { MemorySink } from './memory-streams.ts';
import { gate, memorySink, never } from './memory-streams.ts';

/** Before its commit was sent, a sink that is destroyed has done nothing, and says so. */
async function assertNotDone({ sink, calls, lifecycle }: MemorySink, expected: readonly string[]): Promise<void> {
  const { outcome, cleanup, error, result } = await sink.settled;
  assert.deepEqual({ outcome, cleanup, result }, { outcome: 'not-done', cleanup: 'confirmed', result: undefined });
  assert.equal(error?.name, 'AbortError');
  assert.deepEqual([error.connector, error.operation, error.profile], ['memory', 'put', 'test']);
  await turn();
  assert.deepEqual(calls, expected);
  assert.equal(sink.result, undefined);
  assert.equal(sink.destroyed, true);
  assert.throws(() => lifecycle.open(), { code: 'ABORTED' }, 'it could be opened again');
}

describe('what a sink settles as when it is destroyed', () => {
  it('before its first use: not done, and nothing was opened', async () => {
    const memory = memorySink();
    memory.sink.destroy();
    await assertNotDone(memory, []);
  });

  it('while it opens: not done', async () => {
    const open = gate();
    const memory = memorySink({}, { write: open.step });
    memory.sink.write('x');
    await open.reached;
    memory.sink.destroy();
    await assertNotDone(memory, ['write', 'abort not-done']);
  });

  it('between writes, twice: not done, cleaned up once', async () => {
    const memory = memorySink();
    await new Promise((resolve) => memory.sink.write('x', resolve));
    memory.sink.destroy();
    memory.sink.destroy();
    await assertNotDone(memory, ['write', 'abort not-done']);
  });

  it('during the flush, without an error: a pipeline rejects all the same', async () => {
    const flush = gate();
    const memory = memorySink({}, { flush: flush.step });
    const piped = pipeline(Readable.from([Buffer.from('x')]), memory.sink);
    await flush.reached;
    memory.sink.destroy();
    await assert.rejects(piped, { code: 'ABORTED', outcome: 'not-done' });
    await assertNotDone(memory, ['write', 'flush', 'abort not-done']);
  });

  it('during the flush: not done, and a flush that succeeds later is never committed', async () => {
    const flush = gate();
    const memory = memorySink({}, { flush: flush.step });
    memory.sink.end('x');
    await flush.reached;
    memory.sink.destroy();
    flush.open(undefined);
    await assertNotDone(memory, ['write', 'flush', 'abort not-done']);
  });

  it('while a slow clean-up of an abort during the flush runs: never committed', async () => {
    const [flush, abort] = [gate(), gate()];
    const memory = memorySink({}, { flush: flush.step, abort: abort.step });
    memory.sink.end('x');
    await flush.reached;
    memory.sink.destroy();
    await abort.reached;
    flush.open(undefined);
    await turn();
    abort.open(undefined);
    await assertNotDone(memory, ['write', 'flush', 'abort not-done']);
  });

  it('after it finished: still done', async () => {
    const { sink, calls } = memorySink();
    sink.end('x');
    await once(sink, 'close');
    sink.destroy(new Error('too late'));
    assert.equal((await sink.settled).outcome, 'done');
    assert.deepEqual(calls, ['write', 'flush', 'commit']);
  });
});

describe('the clean-up of a sink', () => {
  const leftover = { uploadId: 'u-1' };
  const cleanupTimeout = 40;

  async function destroyed(memory: MemorySink) {
    await new Promise((resolve) => memory.sink.write('x', resolve));
    memory.sink.destroy();
    const [settled] = await Promise.all([memory.sink.settled, once(memory.sink, 'close')]);
    return settled;
  }

  it('is unconfirmed when the driver says what may remain', async () => {
    const settled = await destroyed(memorySink({}, { abort: () => Promise.resolve(leftover) }));
    assert.equal(settled.cleanup, 'unconfirmed');
    assert.deepEqual(settled.leftover, leftover);
  });

  it('is given up after `cleanupTimeout`, its signal fires, and what may remain is named', async () => {
    let context: AbortContext | undefined;
    const abort = (given: AbortContext): Promise<never> => {
      context = given;
      return never();
    };
    const memory = memorySink({ cleanupTimeout }, { abort, leftover: () => leftover });
    const ms = await timed(async () => {
      const settled = await destroyed(memory);
      assert.equal(settled.outcome, 'not-done');
      assert.equal(settled.cleanup, 'unconfirmed');
      assert.deepEqual(settled.leftover, leftover);
    });
    assert.ok(ms >= cleanupTimeout - 2 && ms < cleanupTimeout + 1_000, `${ms} ms`);
    assert.equal(context?.signal.aborted, true);
  });

  const thrower = (): never => {
    throw new Error('broken');
  };
  for (const [how, abort] of [
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['throws', thrower],
  ] as const) {
    it(`is unconfirmed when it ${how}`, async () => {
      const settled = await destroyed(memorySink({}, { abort, leftover: () => leftover }));
      assert.equal(settled.cleanup, 'unconfirmed');
      assert.deepEqual(settled.leftover, leftover);
    });
  }

  it('settles even when the driver cannot say what may remain', async () => {
    const settled = await destroyed(memorySink({}, { abort: thrower, leftover: thrower }));
    assert.equal(settled.cleanup, 'unconfirmed');
    assert.equal(settled.leftover, undefined);
    assert.equal(settled.error?.code, 'ABORTED');
  });

  it('runs on its own clock when the signal has fired', async () => {
    const user = new AbortController();
    let aborted: boolean | undefined;
    const memory = memorySink(
      { signal: user.signal },
      {
        abort: ({ signal }) => {
          aborted = signal.aborted;
          return Promise.resolve(undefined);
        },
      },
    );
    memory.sink.on('error', () => undefined);
    await new Promise((resolve) => memory.sink.write('x', resolve));
    user.abort();
    assert.equal((await memory.sink.settled).cleanup, 'confirmed');
    assert.equal(aborted, false);
    assertNoListeners(user.signal);
  });
});
