import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { rejection, timed } from '../support/faults.ts';
import { assertNoListeners } from '../support/leaks.ts';
import { unhandled } from '../support/unhandled.ts';
import { bytes, gate, memorySource, never } from './memory-streams.ts';

const endless = { pull: () => Promise.resolve(bytes('x')) };

describe('leaving a source early', () => {
  it('by `break` waits for the clean-up and leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    let cleaned = false;
    const abort = async (): Promise<undefined> => {
      await turn();
      await turn();
      cleaned = true;
    };
    const { source } = memorySource([], { signal, timeout: '1h' }, { ...endless, abort });
    for await (const chunk of source) {
      assert.ok(chunk instanceof Buffer);
      break;
    }
    assert.equal(cleaned, true);
    assert.equal(source.closed, true);
    const { outcome, cleanup, error } = await source.settled;
    assert.deepEqual([outcome, cleanup, error?.code, error?.name], ['not-done', 'confirmed', 'ABORTED', 'AbortError']);
    assertNoListeners(signal);
  });

  it('by an exception of the loop waits for the clean-up, and passes it on', async () => {
    const { source } = memorySource([], {}, endless);
    const thrown = new Error('the body of the loop broke');
    const loop = async (): Promise<void> => {
      for await (const chunk of source) if ((chunk as Buffer).length > 0) throw thrown;
    };
    assert.equal(await rejection(loop()), thrown);
    assert.equal(source.closed, true);
  });

  it('before its first chunk, by `return()`, opens nothing', async () => {
    const { source, calls } = memorySource([], {}, endless);
    await source[Symbol.asyncIterator]().return?.();
    assert.equal(source.closed, true);
    assert.deepEqual(calls, []);
  });

  it('by `await using` waits for the clean-up and is no error', async () => {
    const abort = gate();
    const memory = memorySource([], {}, { ...endless, abort: abort.step });
    const seen = await unhandled(async () => {
      const scope = async (): Promise<void> => {
        await using source = memory.source;
        await once(source, 'readable');
      };
      let isLeft = false;
      const left = scope().then(() => (isLeft = true));
      await abort.reached;
      await turn();
      assert.deepEqual([memory.source.closed, isLeft], [false, false]);
      abort.open(undefined);
      await left;
    });
    assert.equal(memory.source.closed, true);
    assert.equal((await memory.source.settled).outcome, 'not-done');
    assert.deepEqual(seen, []);
  });

  it('by `await using` after the end changes nothing', async () => {
    const { source } = memorySource([bytes('x')]);
    await source.toArray();
    await source[Symbol.asyncDispose]();
    assert.equal((await source.settled).outcome, 'done');
  });

  it('while it opens gives up what is opened', async () => {
    const open = gate<Buffer>();
    const { source, calls } = memorySource([], {}, { pull: open.step });
    source.resume();
    await open.reached;
    source.destroy();
    const { outcome, error } = await source.settled;
    open.open(bytes('late'));
    await turn();
    assert.deepEqual([outcome, error?.code, source.readableLength], ['not-done', 'ABORTED', 0]);
    assert.deepEqual(calls, ['pull', 'abort not-done']);
  });

  it('before its first read lets nothing be opened any more, in the same turn already', () => {
    const { source, lifecycle } = memorySource([]);
    source.destroy();
    assert.throws(() => lifecycle.open(), { code: 'ABORTED', connector: 'memory' });
  });

  it('settles within `cleanupTimeout` when the clean-up hangs, and names what may remain', async () => {
    const steps = { ...endless, abort: never, leftover: () => ({ pid: 7 }) };
    const { source } = memorySource([], { cleanupTimeout: 30 }, steps);
    await once(source, 'readable');
    const ms = await timed(async () => {
      source.destroy();
      await once(source, 'close');
    });
    assert.ok(ms < 1_000, `${ms} ms`);
    const { cleanup, leftover } = await source.settled;
    assert.deepEqual({ cleanup, leftover }, { cleanup: 'unconfirmed', leftover: { pid: 7 } });
  });

  it('from a listener of `end` leaves it done: all of it was read and verified', async () => {
    const { source, calls } = memorySource([bytes('x')]);
    source.on('error', () => undefined);
    source.on('end', () => source.destroy(new Error('the listener broke')));
    source.resume();
    assert.equal((await source.settled).outcome, 'done');
    assert.deepEqual(calls, ['pull', 'pull']);
  });
});
