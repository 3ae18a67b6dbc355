import assert from 'node:assert/strict';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { RequestLimiter } from '../../src/core/request-limiter.ts';
import { connectorError } from '../../src/errors.ts';
import type { ErrorCode, ErrorDetails } from '../../src/errors.ts';
import { rejection, timed } from '../support/faults.ts';
import { chunked, openUpload, patterned, Upload } from './memory-upload.ts';
import { gate, never } from './memory-streams.ts';

const sizes = { partSize: 10, concurrency: 2, maxBufferedBytes: 30 };

const write = (sink: NodeJS.WritableStream, length: number): Promise<unknown> =>
  new Promise((resolve) => sink.write(patterned(length), resolve));

describe('an object that fits in one part', () => {
  for (const length of [0, 1, 9, 10]) {
    it(`is put whole: ${length} bytes`, async () => {
      const upload = new Upload();
      await pipeline(chunked(patterned(length), [4]), openUpload(upload, sizes));
      assert.deepEqual(upload.calls, ['whole']);
      assert.equal(upload.object?.equals(patterned(length)), true);
    });
  }

  it('and one byte more is an upload in parts', async () => {
    const upload = new Upload();
    await pipeline(chunked(patterned(11), [4]), openUpload(upload, sizes));
    assert.deepEqual(upload.calls, ['begin', 'commit']);
    assert.deepEqual(
      upload.parts.map((part) => part.length),
      [10, 1],
    );
  });
});

describe('an upload in parts', () => {
  it('that never began has nothing to remove', async () => {
    const upload = new Upload();
    const sink = openUpload(upload, sizes);
    await write(sink, 5);
    sink.destroy();
    assert.equal((await sink.settled).cleanup, 'confirmed');
    assert.deepEqual(upload.calls, []);
  });

  it('fails at once when a part fails for good, though nothing more is written', async () => {
    const upload = new Upload();
    upload.part = () => Promise.reject(connectorError('ACCESS_DENIED', 'no'));
    const sink = openUpload(upload, sizes);
    const failed = once(sink, 'error');
    await write(sink, 11);
    assert.equal(((await failed) as [Error & { code: string }])[0].code, 'ACCESS_DENIED');
    assert.equal((await sink.settled).outcome, 'not-done');
    assert.deepEqual(upload.calls, ['begin', 'abort']);
  });

  it('sends a part again that is not answered in time', async () => {
    const upload = new Upload();
    const answer = upload.part.bind(upload);
    const tried: number[] = [];
    const cut: AbortSignal[] = [];
    upload.part = (part, signal?: AbortSignal) => {
      tried.push(part.index);
      if (signal !== undefined) cut.push(signal);
      return tried.length === 1 ? never() : answer(part);
    };
    await pipeline(chunked(patterned(15), [5]), openUpload(upload, { ...sizes, concurrency: 1, partMs: 20 }));
    assert.deepEqual(tried, [0, 0, 1]);
    assert.ok(cut.every(({ aborted }) => aborted));
    assert.equal(upload.object?.equals(patterned(15)), true);
  });

  it('refuses the byte beyond the largest object before it sends it, and leaves nothing', async () => {
    const upload = new Upload();
    const sink = openUpload(upload, { ...sizes, maxParts: 4, maxObjectSize: 40 });
    await assert.rejects(pipeline(chunked(patterned(41), [41]), sink), { code: 'TOO_LARGE', retryable: false });
    assert.deepEqual(upload.calls.at(-1), 'abort');
    assert.ok(Buffer.concat(upload.parts).length <= 40);
  });

  it('that is aborted cuts the parts in flight at once, and is then removed', async () => {
    const user = new AbortController();
    const upload = new Upload();
    const part = gate();
    let cut: AbortSignal | undefined;
    upload.part = (_part, signal?: AbortSignal) => {
      cut = signal;
      return part.step();
    };
    const sink = openUpload(upload, sizes, { signal: user.signal });
    sink.on('error', () => undefined);
    await write(sink, 11);
    sink.write(patterned(10));
    await part.reached;
    const ms = await timed(async () => {
      user.abort(new Error('left'));
      const { outcome, cleanup, error } = await sink.settled;
      assert.deepEqual([outcome, cleanup, error?.code], ['not-done', 'confirmed', 'ABORTED']);
    });
    assert.ok(ms < 2_000, `${ms} ms`);
    assert.equal(cut?.aborted, true);
    assert.deepEqual(upload.calls, ['begin', 'abort']);
  });

  it('that is aborted while it begins is removed once its beginning was answered', async () => {
    const upload = new Upload();
    const begin = gate();
    upload.begin = async () => {
      await begin.step();
      upload.calls.push('begun');
    };
    const sink = openUpload(upload, sizes);
    sink.on('error', () => undefined).write(patterned(11));
    await begin.reached;
    sink.destroy();
    for (let n = 0; n < 5; n += 1) await turn();
    assert.deepEqual(upload.calls, []);
    begin.open(undefined);
    await sink.settled;
    assert.deepEqual(upload.calls, ['begun', 'abort']);
  });
});

describe('the commit of an upload', () => {
  const commitFails = async (code: ErrorCode, details: ErrorDetails = {}) => {
    const upload = new Upload();
    const refused = connectorError(code, 'as the store says', details);
    upload.commit = () => Promise.reject(refused);
    const sink = openUpload(upload, sizes);
    const error = await rejection(pipeline(chunked(patterned(25), [10]), sink));
    return { error, cause: error.cause, refused, settled: await sink.settled };
  };

  it('that is refused is a refusal: not done, and never unknown', async () => {
    const { error, settled } = await commitFails('ALREADY_EXISTS');
    assert.deepEqual([error['code'], settled.outcome], ['ALREADY_EXISTS', 'not-done']);
  });

  it('that breaks without a known outcome may not be repeated, and keeps what broke as its cause', async () => {
    const { error, cause, refused, settled } = await commitFails('UNKNOWN', { outcome: 'unknown' });
    assert.deepEqual([error['code'], error['retryable'], settled.outcome], ['COMMIT_UNKNOWN', false, 'unknown']);
    assert.equal(cause, refused);
  });

  it('that the store itself could not settle comes back as it says', async () => {
    const { cause, settled } = await commitFails('COMMIT_UNKNOWN', { outcome: 'unknown' });
    assert.deepEqual([settled.error?.message, cause, settled.outcome], ['as the store says', undefined, 'unknown']);
  });
});

describe('an object that is put whole, to a store that asked for fewer requests', () => {
  const busy = async () => {
    const limiter = new RequestLimiter();
    const { signal } = new AbortController();
    const first = await limiter.enter(limiter.place(), signal);
    const second = await limiter.enter(limiter.place(), signal);
    // From here on one at a time, and that one is still there.
    first.refused(0);
    first.leave();
    return { limiter, other: second };
  };

  it('waits for its turn before the clock of the commit starts, and leaves its slot', async () => {
    const { limiter, other } = await busy();
    const upload = new Upload();
    const sink = openUpload(upload, { ...sizes, limiter }, { commitTimeout: 100 });
    sink.end(patterned(5));
    await sleep(150);
    assert.deepEqual(upload.calls, []);
    other.leave();
    assert.equal((await sink.settled).outcome, 'done');
    const next = await limiter.enter(limiter.place(), AbortSignal.timeout(2_000));
    next.leave();
  });

  it('gives its slot back when it is destroyed at the moment in which it is let in', async () => {
    const { limiter, other } = await busy();
    const upload = new Upload();
    const sink = openUpload(upload, { ...sizes, limiter });
    sink.on('error', () => undefined).end(patterned(5));
    await turn();
    other.leave();
    sink.destroy();
    assert.equal((await sink.settled).outcome, 'not-done');
    assert.deepEqual(upload.calls, []);
    const next = await limiter.enter(limiter.place(), AbortSignal.timeout(2_000));
    next.leave();
  });
});
