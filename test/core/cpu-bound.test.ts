import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rejection, timed } from '../support/faults.ts';
import { bytes, memorySink, memorySource } from './memory-streams.ts';

const CHUNK_MS = 5;
const CHUNKS = 600;
const TIMEOUT_MS = 100;

/** Takes the processor for so long. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Three seconds of work, given away chunk by chunk without ever waiting. */
function* parsed(): Generator<Buffer> {
  for (let n = 0; n < CHUNKS; n += 1) {
    work(CHUNK_MS);
    yield bytes('x');
  }
}

describe('a deadline in a pipeline that is bound by the processor', () => {
  it('stops a sink long before the work is done, and nothing is committed', async () => {
    const { sink, calls } = memorySink({ timeout: TIMEOUT_MS });
    const source = Readable.from(parsed());
    const ms = await timed(async () => {
      assert.equal((await rejection(pipeline(source, sink)))['code'], 'DEADLINE_EXCEEDED');
    });
    assert.ok(ms < (CHUNKS * CHUNK_MS) / 2, `${ms} ms`);
    assert.deepEqual([(await sink.settled).outcome, calls.includes('commit')], ['not-done', false]);
    assert.equal(source.destroyed, true);
  });

  it('lets no write through after it, though no timer had a turn in between', async () => {
    const { sink, calls } = memorySink({ timeout: TIMEOUT_MS });
    sink.on('error', () => undefined);
    await new Promise((resolve) => sink.write('x', resolve));
    work(2 * TIMEOUT_MS);
    sink.write('late');
    assert.equal((await sink.settled).error?.code, 'DEADLINE_EXCEEDED');
    assert.deepEqual(calls, ['write', 'abort not-done']);
  });

  it('stops a source long before the work is done', async () => {
    let left = CHUNKS;
    const pull = (): Promise<Buffer | undefined> => Promise.resolve(left-- > 0 ? bytes('x') : undefined);
    const { source, calls } = memorySource([], { timeout: TIMEOUT_MS, highWaterMark: 0 }, { pull });
    const ms = await timed(async () => {
      const parse = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of chunks) {
          work(CHUNK_MS);
          yield chunk;
        }
      };
      const piped = pipeline(source, parse, async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) assert.equal(chunk.length, 1);
      });
      assert.equal((await rejection(piped))['code'], 'DEADLINE_EXCEEDED');
    });
    assert.ok(ms < (CHUNKS * CHUNK_MS) / 2, `${ms} ms`);
    assert.deepEqual([(await source.settled).outcome, calls.at(-1)], ['not-done', 'abort not-done']);
  });

  it('is no success when the last of the work ends after it, behind the last write', async () => {
    const flush = (): Promise<void> => {
      work(2 * TIMEOUT_MS);
      return Promise.resolve();
    };
    const { sink, calls } = memorySink({ timeout: TIMEOUT_MS }, { flush });
    assert.equal((await rejection(pipeline(Readable.from([bytes('x')]), sink)))['code'], 'DEADLINE_EXCEEDED');
    assert.deepEqual(calls, ['write', 'flush', 'abort not-done']);
  });

  it('is no success when the work ends after it, though nobody had a turn in between', async () => {
    const late = function* (): Generator<Buffer> {
      yield bytes('x');
      work(2 * TIMEOUT_MS);
    };
    const { sink, calls } = memorySink({ timeout: TIMEOUT_MS });
    assert.equal((await rejection(pipeline(Readable.from(late()), sink)))['code'], 'DEADLINE_EXCEEDED');
    assert.equal(calls.includes('commit'), false);
  });
});
