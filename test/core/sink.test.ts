import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { chunked, csvRows, fingerprint } from '../support/bytes.ts';
import { assertNoListeners } from '../support/leaks.ts';
import { bytes, gate, memorySink } from './memory-streams.ts';

describe('a sink', () => {
  it('opens nothing before its first use', async () => {
    const { sink, calls, lifecycle } = memorySink({ timeout: '1h' });
    await turn();
    assert.deepEqual(calls, []);
    assert.equal(lifecycle.opened, false);
    sink.destroy();
    await sink.settled;
    assert.deepEqual(calls, []);
  });

  it('takes every byte in order, flushes, commits, and settles as done', async () => {
    const { signal } = new AbortController();
    const { sink, calls, received } = memorySink({ signal, timeout: '1h', highWaterMark: 1_000 });
    const rows = csvRows(2_000);
    await pipeline(chunked(rows, 700), sink);
    assert.equal(fingerprint(Buffer.concat(received)), fingerprint(rows));
    assert.deepEqual(calls.slice(-2), ['flush', 'commit']);
    const { outcome, cleanup, result, error } = await sink.settled;
    assert.deepEqual(
      { outcome, cleanup, error, result },
      { outcome: 'done', cleanup: 'confirmed', error: undefined, result: { rows: received.length } },
    );
    assertNoListeners(signal);
  });

  it('commits when not one byte was written', async () => {
    const { sink, calls } = memorySink();
    await pipeline(Readable.from([]), sink);
    assert.deepEqual(calls, ['flush', 'commit']);
    assert.equal((await sink.settled).outcome, 'done');
  });

  it('takes strings as the bytes of their encoding', async () => {
    const { sink, received } = memorySink();
    sink.write('ä');
    sink.end('e4', 'hex');
    await once(sink, 'finish');
    assert.equal(Buffer.concat(received).toString('hex'), 'c3a4e4');
  });

  it('emits `finish` only after the commit was answered', async () => {
    const commit = gate<{ rows: number }>();
    const { sink } = memorySink({}, { commit: commit.step });
    let finished = false;
    sink.on('finish', () => (finished = true));
    sink.end('x');
    await commit.reached;
    await turn();
    assert.equal(finished, false);
    commit.open({ rows: 1 });
    await once(sink, 'finish');
    assert.equal((await sink.settled).outcome, 'done');
  });

  it('has its result from `finish` on, and not before', async () => {
    const { sink } = memorySink();
    let before: unknown = 'unset';
    sink.on('prefinish', () => (before = sink.result));
    sink.end('x');
    await once(sink, 'finish');
    assert.deepEqual([before, sink.result], [undefined, { rows: 1 }]);
  });

  it('never finishes when the flush fails', async () => {
    const { sink, calls } = memorySink({}, { flush: () => Promise.reject(new Error('broken')) });
    sink.on('finish', () => assert.fail('it finished'));
    sink.end('x');
    const [error] = (await once(sink, 'error')) as [Error];
    assert.equal((error as Error & { code: string }).code, 'CONNECTION_LOST');
    assert.equal(sink.result, undefined);
    assert.deepEqual(calls, ['write', 'flush', 'abort not-done']);
  });

  it('counts in `progress` what the driver has accepted, live', async () => {
    const second = gate();
    let writes = 0;
    const { sink } = memorySink({}, { write: () => ((writes += 1) === 2 ? second.step() : Promise.resolve()) });
    const { progress } = sink;
    await new Promise((resolve) => sink.write('12345', resolve));
    sink.write('678');
    await second.reached;
    assert.deepEqual(progress, { bytes: 5 });
    second.open(undefined);
    sink.end();
    await once(sink, 'finish');
    assert.deepEqual(progress, { bytes: 8 });
  });

  it('never calls a slow driver twice at once, and writes what has gathered together', async () => {
    let running = 0;
    let most = 0;
    const batches: number[] = [];
    const { sink } = memorySink(
      { highWaterMark: 1_000 },
      {
        write: async (chunks) => {
          most = Math.max(most, (running += 1));
          batches.push(chunks.length);
          await turn();
          running -= 1;
        },
      },
    );
    for (let n = 0; n < 10; n += 1) sink.write('0123456789');
    sink.end();
    await once(sink, 'finish');
    assert.equal(most, 1);
    assert.deepEqual(batches, [1, 9]);
  });

  it('makes its writer wait at the high-water mark', async () => {
    const write = gate();
    const { sink } = memorySink({ highWaterMark: 10 }, { write: write.step });
    assert.equal(sink.write('12345'), true);
    assert.equal(sink.write('67890'), false);
    const drained = once(sink, 'drain');
    write.open(undefined);
    await drained;
    sink.destroy();
    await sink.settled;
  });

  it('is destroyed by a failure that no call reports', async () => {
    const { sink, host, calls } = memorySink();
    await new Promise((resolve) => sink.write('x', resolve));
    host.fail(new Error('the socket closed'));
    const [error] = (await once(sink, 'error')) as [Error & { code: string }];
    assert.equal(error.code, 'CONNECTION_LOST');
    assert.deepEqual(calls, ['write', 'abort not-done']);
    assert.equal((await sink.settled).error, error);
  });

  it('takes no write while another is under way when it is destroyed', async () => {
    const write = gate();
    const { sink, calls } = memorySink({}, { write: write.step });
    sink.write(bytes('1'));
    sink.write(bytes('2'));
    sink.destroy();
    write.open(undefined);
    await sink.settled;
    await turn();
    assert.deepEqual(calls, ['write', 'abort not-done']);
  });
});
