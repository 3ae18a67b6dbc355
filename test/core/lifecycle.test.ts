import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { Lifecycle } from '../../src/core/lifecycle.ts';
import type { LifecycleOptions } from '../../src/core/lifecycle.ts';
import { connectorError } from '../../src/errors.ts';
import { failing, stalling } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { assertNoListeners } from '../support/leaks.ts';
import { runNode } from '../support/run.ts';
import { unhandled, warnings } from '../support/unhandled.ts';
import { bytes, memorySink, memorySource, never, SINK } from './memory-streams.ts';

const aborted = (reason: unknown) => ({ signal: AbortSignal.abort(reason) });

describe('the errors of a stream', () => {
  it('are ours, with connector, operation, profile, stage and outcome', async () => {
    const { sink } = memorySink({}, { write: () => Promise.reject(new Error('foreign')) });
    const error = await rejection(pipeline(Readable.from([bytes('x')]), sink));
    const { code, connector, operation, profile, stage, outcome } = error;
    assert.deepEqual(
      { code, connector, operation, profile, stage, outcome },
      { code: 'CONNECTION_LOST', ...SINK, stage: 'open', outcome: 'not-done' },
    );
    assert.equal((await sink.settled).error, error);
  });

  it('pass on what an upstream of another kind threw, and keep it as the cause', async () => {
    const foreign = new Error("the user's own");
    const { sink, calls } = memorySink();
    const event = once(sink, 'error').catch((error: unknown) => [error]);
    assert.equal(await rejection(pipeline(failing(bytes('x'), foreign), sink)), foreign);
    assert.equal((await event)[0], foreign);
    const { outcome, error } = await sink.settled;
    assert.deepEqual([outcome, error?.code, error?.connector], ['not-done', 'PIPELINE_FAILED', 'memory']);
    assert.equal(error?.cause, foreign);
    assert.deepEqual(calls.at(-1), 'abort not-done');
  });

  it('pass on an upstream error of ours as it is', async () => {
    const ours = connectorError('OBJECT_CHANGED', 'it was replaced', { connector: 's3' });
    const { sink } = memorySink();
    const piped = rejection(pipeline(failing(bytes('x'), ours), sink));
    assert.equal(await piped, ours);
    assert.equal((await sink.settled).error, ours);
  });

  it("turn Node's AbortError of a pipeline into ours, with the signal's reason by identity", async () => {
    const user = new AbortController();
    const reason = { why: 'the user left' };
    const { source } = memorySource([], {}, { pull: never });
    const { sink } = memorySink();
    const piped = rejection(pipeline(source, sink, { signal: user.signal }));
    await turn();
    user.abort(reason);
    assert.equal((await piped).name, 'AbortError');
    for (const { error, outcome } of await Promise.all([source.settled, sink.settled])) {
      assert.deepEqual([outcome, error?.code, error?.name], ['not-done', 'ABORTED', 'AbortError']);
      assert.equal(error?.cause, reason);
    }
  });

  it("are what the 'error' event is given when a pipeline is aborted, not Node's own", async () => {
    const user = new AbortController();
    const { sink } = memorySink();
    const event = once(sink, 'error');
    const piped = rejection(pipeline(stalling(bytes('x')), sink, { signal: user.signal }));
    await turn();
    user.abort('left');
    const [error] = (await event) as [Error & { code: string }];
    assert.deepEqual([error.code, error.cause], ['ABORTED', 'left']);
    assert.equal((await sink.settled).error, error);
    assert.equal((await piped).name, 'AbortError');
  });

  it('name the signal, not what the driver broke with because of it', async () => {
    const user = new AbortController();
    const pull = (): Promise<never> => {
      user.abort('left');
      return Promise.reject(new Error('ECONNRESET'));
    };
    const { source } = memorySource([], { signal: user.signal }, { pull });
    const error = await rejection(source.toArray());
    assert.deepEqual([error['code'], error.cause], ['ABORTED', 'left']);
  });

  const answers: [string, () => Promise<Buffer | undefined>][] = [
    ['gave bytes', () => Promise.resolve(bytes('x'))],
    ['ended', () => Promise.resolve(undefined)],
    ['broke', () => Promise.reject(new Error('ECONNRESET'))],
  ];
  for (const [what, answer] of answers) {
    it(`name the deadline that no timer had a turn to see when the driver ${what}`, async () => {
      const pull = (): Promise<Buffer | undefined> => {
        const until = performance.now() + 30;
        while (performance.now() < until);
        return answer();
      };
      const { source } = memorySource([], { timeout: 20 }, { pull });
      const error = await rejection(source.toArray());
      assert.deepEqual([error['code'], error['stage']], ['DEADLINE_EXCEEDED', 'open']);
      assert.equal((await source.settled).error?.code, 'DEADLINE_EXCEEDED');
    });
  }
});

describe('a deadline that fires before the first use of a stream', () => {
  it('settles the stream, though nobody uses it', async () => {
    const { sink, calls } = memorySink(aborted('before'));
    const { outcome, cleanup, error } = await sink.settled;
    assert.deepEqual([outcome, cleanup, error?.cause, calls], ['not-done', 'confirmed', 'before', []]);
    assert.deepEqual([error?.connector, error?.stage], ['memory', 'configure']);
  });

  it('does not end a process that has no listener for it', async () => {
    const streams = JSON.stringify(new URL('memory-streams.ts', import.meta.url).href);
    const source = `import { memorySink, memorySource } from ${streams};
      const made = [memorySink({ timeout: 5 }).sink, memorySource([], { timeout: 5 }).source];
      setTimeout(() => console.log(made.map((stream) => stream.destroyed).join()), 50);`;
    const { stdout } = await runNode(['--input-type=module', '-e', source], { cwd: import.meta.dirname });
    assert.equal(stdout, 'false,false\n');
  }).timeout(10_000);

  it('fails its first use', async () => {
    const { sink } = memorySink(aborted('before'));
    const { source } = memorySource([bytes('x')], aborted('before'));
    const written = once(sink, 'error');
    sink.write('x', () => undefined);
    const [error] = (await written) as [Error];
    assert.equal(error.cause, 'before');
    assert.equal((await rejection(source.toArray())).cause, 'before');
  });

  it('fails a pipeline at once, even if its source stalls', async () => {
    const { sink, calls } = memorySink(aborted('before'));
    const upstream = stalling(bytes(''));
    const error = await rejection(pipeline(upstream, new PassThrough(), sink));
    assert.deepEqual([error['code'], error.cause, calls], ['ABORTED', 'before', []]);
    assert.equal(upstream.destroyed, true);
    assert.equal(sink.listenerCount('newListener'), 0);
  });

  it('waits for a listener of errors, whatever else is listened to', async () => {
    const { sink } = memorySink(aborted('before'));
    sink.on('drain', () => undefined);
    await turn();
    await turn();
    assert.equal(sink.destroyed, false);
    const event = once(sink, 'error');
    assert.equal(((await event) as [Error])[0].cause, 'before');
  });

  it('destroys a stream that is listened to at once', async () => {
    const user = new AbortController();
    const { sink } = memorySink({ signal: user.signal });
    const event = once(sink, 'error');
    user.abort('left');
    assert.equal(((await event) as [Error])[0].cause, 'left');
    assert.equal(sink.errored, (await sink.settled).error);
    assertNoListeners(user.signal);
  });
});

describe('the traces of a stream', () => {
  it('hold no unhandled rejection when nobody looks at `settled`', async () => {
    const seen = await unhandled(async () => {
      const { sink } = memorySink({}, { abort: () => Promise.reject(new Error('broken')) });
      sink.on('error', () => undefined).write('x');
      const { source } = memorySource([], {}, { pull: () => Promise.reject(new Error('broken')) });
      source.on('error', () => undefined).resume();
      sink.destroy(new Error('left'));
      await Promise.all([once(sink, 'close'), once(source, 'close')].map((closed) => closed.catch(() => undefined)));
    });
    assert.deepEqual(seen, []);
  });

  it('hold neither a listener nor a warning after 1,000 streams on one signal', async () => {
    const { signal } = new AbortController();
    const seen = await warnings(async () => {
      const made = Array.from({ length: 500 }, () => [memorySource([bytes('x')], { signal }), memorySink({ signal })]);
      const ended = made.flat().map(async (memory, n) => {
        const stream: EventEmitter & { destroy(): unknown } =
          'sink' in memory ? memory.sink.end('x') : memory.source.resume();
        if (n % 3 === 0) stream.destroy();
        await ('sink' in memory ? memory.sink.settled : memory.source.settled);
      });
      assert.equal(ended.length, 1_000);
      await Promise.all(ended);
    });
    assert.deepEqual(seen, []);
    assertNoListeners(signal);
  });

  const malformed: LifecycleOptions[] = [{ cleanupTimeout: 'x' }, { commitTimeout: 'x' }, { timeout: 'x' }];
  it('hold no listener when an option is malformed', () => {
    const { signal } = new AbortController();
    for (const options of malformed) {
      assert.throws(() => new Lifecycle(SINK, { ...options, signal }), { name: 'ConfigError' });
    }
    assertNoListeners(signal);
  });

  it('cannot be changed by whoever looks at them', async () => {
    const { sink } = memorySink();
    sink.destroy();
    assert.equal(Object.isFrozen(await sink.settled), true);
  });
});
