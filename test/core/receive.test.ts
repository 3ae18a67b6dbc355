import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import sinon from 'sinon';
import { discard, receive } from '../../src/core/receive.ts';
import { assertNoListeners } from '../support/leaks.ts';

function receiving(length: number, options: { idleMs?: number; signal?: AbortSignal } = {}) {
  const { idleMs = 60_000, signal = new AbortController().signal } = options;
  const body = new PassThrough();
  const chunks: Buffer[] = [];
  const done = receive(body, { length, idleMs, signal, onChunk: (chunk) => chunks.push(chunk) });
  // Judged by each test when the body has done what it is to do.
  done.catch(() => undefined);
  return { body, signal, done, taken: () => Buffer.concat(chunks).toString() };
}

describe('receiving a body', () => {
  it('is over when exactly the length announced has come, and leaves no listener', async () => {
    const { body, signal, done, taken } = receiving(6);
    body.write('abc');
    body.end('def');
    await done;
    assert.equal(taken(), 'abcdef');
    assertNoListeners(signal);
    assert.equal(body.listenerCount('data'), 0);
  });

  it('is over at once for no bytes', async () => {
    const { body, done } = receiving(0);
    body.end();
    await done;
  });

  it('is not over when the bytes have come and the body has not ended', async () => {
    const { body, done } = receiving(3);
    let over = false;
    void done.then(() => (over = true));
    body.write('abc');
    await turn();
    await turn();
    assert.equal(over, false);
    body.end();
    await done;
  });

  it('fails when the body ends before the length announced', async () => {
    const { body, done } = receiving(6);
    body.end('abc');
    await assert.rejects(done, { code: 'BODY_TRUNCATED', retryable: true, message: /3 bytes before/ });
  });

  it('fails when the body is closed without an end and without an error', async () => {
    const { body, done } = receiving(6);
    body.write('abc');
    await turn();
    body.destroy();
    await assert.rejects(done, { code: 'BODY_TRUNCATED' });
  });

  it('fails when the body breaks, with what broke it', async () => {
    const broken = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const { body, done } = receiving(6);
    body.destroy(broken);
    await assert.rejects(done, (error) => error === broken);
  });

  it('fails at the first byte too many, and passes none of its chunk on', async () => {
    const { body, done, taken } = receiving(4);
    body.write('abc');
    await turn();
    body.write('def');
    await assert.rejects(done, { code: 'RANGE_MISMATCH', retryable: false });
    assert.equal(taken(), 'abc');
    assert.equal(body.destroyed, true);
  });

  it('is cut at once by an abort, with its reason, and takes nothing more', async () => {
    const user = new AbortController();
    const { body, done, taken } = receiving(6, { signal: user.signal });
    body.write('abc');
    await turn();
    const reason = new Error('the user left');
    user.abort(reason);
    await assert.rejects(done, (error) => error === reason);
    assert.deepEqual([body.destroyed, taken()], [true, 'abc']);
    assertNoListeners(user.signal);
  });

  it('takes nothing under a signal that has already fired', async () => {
    const { body, done } = receiving(3, { signal: AbortSignal.abort(new Error('before')) });
    await assert.rejects(done, { message: 'before' });
    assert.equal(body.destroyed, true);
  });

  describe('with an idle timeout', () => {
    let clock: sinon.SinonFakeTimers;
    beforeEach(() => (clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })));
    afterEach(() => clock.restore());

    it('fails when no byte comes for so long, destroys the body and leaves no listener', async () => {
      const { body, signal, done } = receiving(6, { idleMs: 1_000 });
      body.write('abc');
      await turn();
      clock.tick(999);
      assert.equal(body.destroyed, false);
      clock.tick(1);
      await assert.rejects(done, { code: 'IDLE_TIMEOUT', retryable: true });
      assert.equal(body.destroyed, true);
      assertNoListeners(signal);
    });

    it('goes on for as long as a byte per millisecond comes', async () => {
      const { body, done, taken } = receiving(5_000, { idleMs: 1_000 });
      for (const letter of 'abcde') {
        clock.tick(900);
        body.write(letter.repeat(1_000));
        await turn();
      }
      body.end();
      await done;
      assert.equal(taken(), Array.from('abcde', (letter) => letter.repeat(1_000)).join(''));
    });

    it('is not held open by a byte now and then', async () => {
      const { body, done } = receiving(5_000, { idleMs: 1_000 });
      for (let drops = 0; drops < 3; drops += 1) {
        clock.tick(300);
        body.write('x');
        await turn();
      }
      assert.equal(body.destroyed, false);
      clock.tick(100);
      await assert.rejects(done, { code: 'IDLE_TIMEOUT' });
      assert.equal(body.destroyed, true);
    });

    it('leaves no timer, however it ends', async () => {
      const [whole, short, cut] = [receiving(0), receiving(1), receiving(1)];
      whole.body.end();
      short.body.end();
      cut.body.destroy(new Error('broken'));
      await Promise.allSettled([whole.done, short.done, cut.done]);
      assert.equal(clock.countTimers(), 0);
    });
  });
});

describe('a body that is not wanted', () => {
  it('is destroyed, and may still report its broken socket to nobody', async () => {
    const body = new PassThrough({ destroy: (_error, done) => done(new Error('read ECONNRESET')) });
    const closed = new Promise((resolve) => body.once('close', resolve));
    discard(body);
    await closed;
    assert.equal(body.destroyed, true);
  });
});
