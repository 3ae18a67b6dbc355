import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { collect, csvRows, fingerprint } from '../support/bytes.ts';
import { assertNoListeners } from '../support/leaks.ts';
import { bytes, gate, memorySource, never } from './memory-streams.ts';

const numbered = (count: number): Buffer[] => Array.from({ length: count }, (_, n) => csvRows(10, n * 10));

describe('a source', () => {
  it('opens nothing before its first read', async () => {
    const { source, calls, lifecycle } = memorySource([bytes('x')], { timeout: '1h' });
    await turn();
    assert.deepEqual(calls, []);
    assert.equal(lifecycle.opened, false);
    source.destroy();
    await source.settled;
    assert.deepEqual(calls, []);
  });

  it('gives every byte in order, ends, and settles as done', async () => {
    const { signal } = new AbortController();
    const { source, calls } = memorySource(numbered(50), { signal, timeout: '1h' });
    assert.equal(fingerprint(await collect(source)), fingerprint(csvRows(500)));
    assert.equal(calls.length, 51);
    assert.deepEqual(await source.settled, { outcome: 'done', cleanup: 'confirmed', result: { rows: 50 } });
    assertNoListeners(signal);
  });

  it('ends at once when there are no bytes', async () => {
    const { source } = memorySource([]);
    assert.equal((await collect(source)).length, 0);
    assert.deepEqual((await source.settled).result, { rows: 0 });
  });

  it('goes on when the driver gives a chunk of no bytes', async () => {
    const { source } = memorySource([bytes(''), bytes('a'), bytes(''), bytes('b')], { highWaterMark: 0 });
    assert.equal((await collect(source)).toString(), 'ab');
  });

  it('has its result from `end` on, and not before, however slow its consumer is', async () => {
    const { source, calls } = memorySource([bytes('a'), bytes('b')]);
    source.on('readable', () => undefined);
    while (calls.length < 3) await turn();
    await turn();
    assert.equal(source.result, undefined, 'the last bytes have not been read yet');
    let atEnd: unknown;
    source.on('end', () => (atEnd = source.result));
    source.resume();
    while (source.read() !== null);
    await once(source, 'close');
    assert.deepEqual(atEnd, { rows: 2 });
  });

  it('is done once all was read and verified, however late its consumer takes the last bytes', async () => {
    const { source, calls } = memorySource([bytes('a'), bytes('b')], { timeout: 50 });
    source.on('error', assert.ifError).on('readable', () => undefined);
    while (calls.length < 3) await turn();
    await sleep(80);
    const text: string[] = [];
    source.on('data', (chunk: Buffer) => text.push(chunk.toString()));
    source.resume();
    while (source.read() !== null);
    assert.equal((await source.settled).outcome, 'done');
    assert.equal(text.join(''), 'ab');
  });

  it('counts in `progress` what it has handed on, live', async () => {
    const { source } = memorySource([bytes('12345'), bytes('678')], { highWaterMark: 0 }, { totalBytes: 8 });
    const { progress } = source;
    assert.deepEqual(progress, { bytes: 0, totalBytes: 8 });
    const seen: number[] = [];
    for await (const chunk of source) seen.push(progress.bytes - (chunk as Buffer).length);
    assert.deepEqual(seen, [0, 5]);
    assert.deepEqual(progress, { bytes: 8, totalBytes: 8 });
  });

  it('never pulls twice at once, nor further than its consumer has room for', async () => {
    let running = 0;
    let most = 0;
    const chunks = numbered(20);
    let pulled = 0;
    const pull = async (): Promise<Buffer | undefined> => {
      most = Math.max(most, (running += 1));
      await turn();
      running -= 1;
      return chunks[pulled++];
    };
    const { source } = memorySource([], { highWaterMark: 1 }, { pull });
    const write = gate();
    const slow = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => void write.step().then(() => done()),
    });
    const piped = pipeline(source, slow);
    await write.reached;
    for (let n = 0; n < 20; n += 1) await turn();
    assert.ok(pulled <= 3, `${pulled} chunks were pulled for a consumer that took one`);
    write.open(undefined);
    await piped;
    assert.equal(most, 1);
  });

  it('is destroyed by a pull that fails, and by a failure that no pull reports', async () => {
    const failed = memorySource([], {}, { pull: () => Promise.reject(new Error('broken')) });
    const told = memorySource([], {}, { pull: never });
    for (const { source } of [failed, told]) source.on('error', () => undefined).resume();
    await turn();
    told.host.fail(new Error('the socket closed'));
    for (const { source, calls } of [failed, told]) {
      const { outcome, error, result } = await source.settled;
      assert.deepEqual({ outcome, result }, { outcome: 'not-done', result: undefined });
      assert.deepEqual([error?.code, error?.connector, error?.stage], ['CONNECTION_LOST', 'memory', 'open']);
      assert.deepEqual(calls, ['pull', 'abort not-done']);
    }
  });
});
