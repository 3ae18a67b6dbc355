import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { assertNoListeners } from '../support/leaks.ts';
import { unhandled } from '../support/unhandled.ts';
import { bytes, gate, memorySink, memorySource } from './memory-streams.ts';
import type { MemorySink, MemorySource } from './memory-streams.ts';

const endless = { pull: () => Promise.resolve(bytes('x')) };

/** A sink and a source, both in use, whose clean-up is held back. */
async function inUse(signal: AbortSignal) {
  const [sinkAbort, sourceAbort] = [gate(), gate()];
  const sink = memorySink({ signal }, { abort: sinkAbort.step });
  const source = memorySource([], { signal }, { ...endless, abort: sourceAbort.step });
  await new Promise((resolve) => sink.sink.write('x', resolve));
  source.source.read(0);
  await turn();
  return [
    { name: 'sink', memory: sink, stream: sink.sink, abort: sinkAbort },
    { name: 'source', memory: source, stream: source.source, abort: sourceAbort },
  ] as const;
}

const cleanUps = ({ calls }: MemorySink | MemorySource): number =>
  calls.filter((call) => call.startsWith('abort')).length;

describe('a stream that is ended more than once', () => {
  it('keeps its first error, whatever comes during the clean-up, and cleans up once', async () => {
    const user = new AbortController();
    for (const { name, memory, stream, abort } of await inUse(user.signal)) {
      const seen: unknown[] = [];
      stream.on('error', (error) => seen.push(error));
      const first = new Error('the first');
      stream.destroy(first);
      await abort.reached;
      memory.host.fail(new Error('the connection broke as well'));
      stream.destroy(new Error('the second'));
      abort.open(undefined);
      const { outcome, cleanup, error } = await stream.settled;
      assert.deepEqual([outcome, cleanup, error?.code], ['not-done', 'confirmed', 'PIPELINE_FAILED'], name);
      assert.equal(error?.cause, first);
      await turn();
      assert.deepEqual([seen, cleanUps(memory)], [[first], 1], name);
    }
  });

  it('was left, not aborted, when the signal fires during the clean-up', async () => {
    const user = new AbortController();
    const streams = await inUse(user.signal);
    const seen = await unhandled(async () => {
      for (const { stream, abort } of streams) {
        stream.destroy();
        await abort.reached;
      }
      user.abort(new Error('too late'));
      for (const { name, memory, stream, abort } of streams) {
        abort.open(undefined);
        const { cleanup, error } = await stream.settled;
        assert.deepEqual([cleanup, error?.code, error?.cause], ['confirmed', 'ABORTED', undefined], name);
        assert.equal(cleanUps(memory), 1, name);
      }
    });
    assert.deepEqual(seen, []);
    assertNoListeners(user.signal);
  });

  it('is cut neither sooner nor later by a second abort', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const signal = AbortSignal.any([one.signal, other.signal]);
    for (const { name, memory, stream, abort } of await inUse(signal)) {
      const failed = once(stream, 'error');
      one.abort('first');
      await abort.reached;
      other.abort('second');
      stream.destroy(new Error('third'));
      abort.open(undefined);
      const [error] = (await failed) as [Error];
      assert.equal(error.cause, 'first', name);
      assert.equal((await stream.settled).error, error, name);
      assert.equal(cleanUps(memory), 1, name);
    }
  });
});
