import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import sinon from 'sinon';
import { connectorError } from '../../src/errors.ts';
import { rejection, timed } from '../support/faults.ts';
import { assertNoListeners } from '../support/leaks.ts';
import { gate, memorySink, never } from './memory-streams.ts';
import type { Loaded } from './memory-streams.ts';

describe('a commit that was sent', () => {
  it("is stopped neither by the sink's own signal nor by its deadline", async () => {
    const user = new AbortController();
    const commit = gate<Loaded>();
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { sink, calls } = memorySink({ signal: user.signal, timeout: 30 }, { commit: commit.step });
    sink.end('x');
    await commit.reached;
    user.abort();
    clock.tick(40);
    clock.restore();
    commit.open({ rows: 1 });
    await once(sink, 'finish');
    const { outcome, error } = await sink.settled;
    assert.deepEqual([outcome, error], ['done', undefined]);
    assert.deepEqual(calls, ['write', 'flush', 'commit']);
    assertNoListeners(user.signal);
  });

  it("is waited for when the pipeline's signal fires, and settles as done", async () => {
    const user = new AbortController();
    const reason = new Error('the user left');
    const commit = gate<Loaded>();
    const { sink, calls } = memorySink({}, { commit: commit.step });
    const piped = rejection(pipeline(Readable.from([Buffer.from('x')]), sink, { signal: user.signal }));
    await commit.reached;
    user.abort(reason);
    commit.open({ rows: 1 });
    assert.equal((await piped).name, 'AbortError');
    const { outcome, cleanup, result, error } = await sink.settled;
    assert.deepEqual({ outcome, cleanup, result }, { outcome: 'done', cleanup: 'confirmed', result: { rows: 1 } });
    assert.deepEqual([error?.code, error?.outcome, error?.cause], ['ABORTED', 'done', reason]);
    assert.deepEqual(calls, ['write', 'flush', 'commit']);
    assert.equal(sink.result, undefined, '`finish` was never emitted');
  });

  it('is waited for when the sink is destroyed, and settles as done without an error', async () => {
    const commit = gate<Loaded>();
    const { sink } = memorySink({}, { commit: commit.step });
    sink.end('x');
    await commit.reached;
    sink.destroy();
    commit.open({ rows: 1 });
    const { outcome, error, result } = await sink.settled;
    assert.deepEqual({ outcome, error, result }, { outcome: 'done', error: undefined, result: { rows: 1 } });
  });

  it('keeps a foreign error of `destroy` as the cause, and passes it on as it is', async () => {
    const commit = gate<Loaded>();
    const { sink } = memorySink({}, { commit: commit.step });
    sink.end('x');
    await commit.reached;
    const foreign = new Error('a later stage broke');
    sink.destroy(foreign);
    commit.open({ rows: 1 });
    const [given] = (await once(sink, 'error')) as [Error];
    const { outcome, error } = await sink.settled;
    assert.equal(given, foreign);
    assert.deepEqual([outcome, error?.code, error?.cause], ['done', 'PIPELINE_FAILED', foreign]);
  });

  it('that was refused settles as not done, and is cleaned up after', async () => {
    const refused = connectorError('CONSTRAINT_VIOLATION', 'a row violates a constraint');
    const { sink, calls } = memorySink({}, { commit: () => Promise.reject(refused) });
    sink.on('finish', () => assert.fail('it finished'));
    sink.end('x');
    const [error] = (await once(sink, 'error')) as [Error];
    const settled = await sink.settled;
    assert.deepEqual([settled.outcome, settled.error, settled.cleanup], ['not-done', error, 'confirmed']);
    assert.deepEqual([settled.error?.code, settled.error?.stage], ['CONSTRAINT_VIOLATION', 'commit']);
    assert.deepEqual(calls, ['write', 'flush', 'commit', 'abort not-done']);
  });

  it('that was refused while the sink was being destroyed settles with the refusal', async () => {
    const commit = gate<Loaded>();
    const { sink } = memorySink({}, { commit: commit.step });
    sink.on('error', () => undefined).end('x');
    await commit.reached;
    sink.destroy(new Error('a later stage broke'));
    commit.fail(connectorError('COMMIT_UNKNOWN', 'the answer was lost', { outcome: 'unknown' }));
    const { outcome, error } = await sink.settled;
    assert.deepEqual([outcome, error?.code, error?.outcome], ['unknown', 'COMMIT_UNKNOWN', 'unknown']);
  });

  it('that is not answered within `commitTimeout` settles as unknown', async () => {
    let signal: AbortSignal | undefined;
    const commit = (given: AbortSignal): Promise<never> => {
      signal = given;
      return never();
    };
    const { sink, calls } = memorySink({ commitTimeout: 40 }, { commit });
    sink.end('x');
    const [error] = (await once(sink, 'error')) as [Error];
    const settled = await sink.settled;
    assert.deepEqual([settled.outcome, settled.error], ['unknown', error]);
    assert.deepEqual([settled.error?.code, settled.error?.stage], ['COMMIT_TIMEOUT', 'commit']);
    assert.equal(signal?.aborted, true);
    assert.deepEqual(calls.at(-1), 'abort unknown');
  });

  it('that was refused late keeps the whole time for the clean-up', async () => {
    const commit = gate<Loaded>();
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const abort = gate();
    const { sink } = memorySink(
      { commitTimeout: 100, cleanupTimeout: 100 },
      { commit: commit.step, abort: abort.step },
    );
    sink.on('error', () => undefined).end('x');
    await commit.reached;
    clock.tick(99);
    commit.fail(connectorError('ALREADY_EXISTS', 'another was faster'));
    await abort.reached;
    clock.tick(99);
    clock.restore();
    abort.open(undefined);
    assert.equal((await sink.settled).cleanup, 'confirmed');
  });

  it('is bounded by `commitTimeout` together with the clean-up after it', async () => {
    const { sink } = memorySink({ commitTimeout: 60, cleanupTimeout: '1h' }, { commit: never, abort: never });
    sink.on('error', () => undefined);
    const ms = await timed(async () => {
      sink.end('x');
      await Promise.all([sink.settled, new Promise((resolve) => sink.on('close', resolve))]);
    });
    assert.ok(ms < 1_000, `${ms} ms`);
    assert.equal((await sink.settled).cleanup, 'unconfirmed');
  });
});
