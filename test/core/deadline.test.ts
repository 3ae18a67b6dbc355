import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import sinon from 'sinon';
import { Deadline } from '../../src/core/deadline.ts';
import type { DeadlineOptions } from '../../src/core/deadline.ts';
import { assertNoListeners } from '../support/leaks.ts';
import { runNode } from '../support/run.ts';

describe('a deadline', () => {
  it('ends nothing when neither signal nor timeout is given', () => {
    const deadline = new Deadline({});
    assert.equal(deadline.error, undefined);
    assert.doesNotThrow(() => deadline.throwIfEnded());
    deadline.close();
  });

  it("keeps the user's reason by identity and names the stage it found", () => {
    const user = new AbortController();
    const reason = { why: 'the user left' };
    const deadline = new Deadline({ signal: user.signal });
    deadline.enter('transfer');
    user.abort(reason);
    const { error } = deadline;
    assert.equal(error?.code, 'ABORTED');
    assert.equal(error.name, 'AbortError');
    assert.equal(error.cause, reason);
    assert.equal(error.stage, 'transfer');
    assert.equal(deadline.signal.reason, error);
  });

  it('keeps a reason that is null', () => {
    assert.equal(new Deadline({ signal: AbortSignal.abort(null) }).error?.cause, null);
  });

  it('is over at once under a signal that has already fired, and listens to nothing', () => {
    const signal = AbortSignal.abort('before');
    const deadline = new Deadline({ signal, timeout: '1h' });
    assert.equal(deadline.signal.aborted, true);
    assert.equal(deadline.error?.cause, 'before');
    assert.equal(deadline.error.stage, 'configure');
    assertNoListeners(signal);
  });

  it('lets no stage be entered once it is over, and keeps the stage it was over in', () => {
    const user = new AbortController();
    const deadline = new Deadline({ signal: user.signal });
    deadline.enter('open');
    user.abort();
    assert.throws(() => deadline.enter('commit'), { code: 'ABORTED', stage: 'open' });
    assert.equal(deadline.stage, 'open');
  });

  it('is seen by the clock when no timer gets a turn', () => {
    const deadline = new Deadline({ timeout: 50 });
    const until = performance.now() + 60;
    while (performance.now() < until) deadline.signal.throwIfAborted();
    assert.equal(deadline.signal.aborted, false, 'a timer fired within a synchronous loop');
    assert.throws(() => deadline.throwIfEnded(), { name: 'TimeoutError', code: 'DEADLINE_EXCEEDED' });
    assert.equal(deadline.signal.aborted, true, 'what listens to the signal was not told');
  });

  it('reports the abort, not the timeout, when the signal fired first', () => {
    const user = new AbortController();
    const deadline = new Deadline({ signal: user.signal, timeout: 1 });
    user.abort('first');
    const until = performance.now() + 5;
    while (performance.now() < until);
    assert.equal(deadline.error?.code, 'ABORTED');
  });

  it('refuses a malformed timeout before it listens to anything', () => {
    const { signal } = new AbortController();
    assert.throws(() => new Deadline({ signal, timeout: 'soon' }), { name: 'ConfigError', message: /timeout/ });
    assertNoListeners(signal);
  });

  it('does not keep the process alive', async () => {
    const module = JSON.stringify(import.meta.resolve('../../src/core/deadline.ts'));
    const source = `import { Deadline } from ${module};
      globalThis.held = new Deadline({ timeout: '1h', signal: new AbortController().signal });`;
    await runNode(['--input-type=module', '-e', source], { cwd: import.meta.dirname });
  }).timeout(10_000);

  describe('and its timer', () => {
    let clock: sinon.SinonFakeTimers;
    beforeEach(() => (clock = sinon.useFakeTimers()));
    afterEach(() => clock.restore());

    it('fires at the timeout and names the stage and the bound', () => {
      const deadline = new Deadline({ timeout: '30s' });
      deadline.enter('pool');
      clock.tick(29_999);
      assert.doesNotThrow(() => deadline.throwIfEnded());
      clock.tick(1);
      assert.equal(deadline.signal.aborted, true);
      assert.equal(deadline.error?.code, 'DEADLINE_EXCEEDED');
      assert.equal(deadline.error.stage, 'pool');
      assert.match(deadline.error.message, /30000 ms/);
      assert.equal(clock.countTimers(), 0);
    });

    it('takes its listener off the signal when it fires', () => {
      const user = new AbortController();
      const deadline = new Deadline({ signal: user.signal, timeout: 10 });
      assert.equal(getEventListeners(user.signal, 'abort').length, 1);
      clock.tick(10);
      assertNoListeners(user.signal);
      user.abort('too late');
      assert.equal(deadline.error?.code, 'DEADLINE_EXCEEDED');
    });

    it('is stopped when the signal fires', () => {
      const user = new AbortController();
      const deadline = new Deadline({ signal: user.signal, timeout: 10 });
      user.abort();
      assert.equal(clock.countTimers(), 0);
      assert.equal(deadline.error?.code, 'ABORTED');
    });

    it('is over at once at a timeout of zero', () => {
      assert.equal(new Deadline({ timeout: 0 }).error?.code, 'DEADLINE_EXCEEDED');
    });

    const closed = (options: DeadlineOptions): Deadline => {
      const deadline = new Deadline(options);
      deadline.close();
      return deadline;
    };

    it('leaves neither listener nor timer when it is closed, any number of times', () => {
      const { signal } = new AbortController();
      const deadline = closed({ signal, timeout: '1h' });
      deadline.close();
      assertNoListeners(signal);
      assert.equal(clock.countTimers(), 0);
    });

    it('ignores aborts and the passing of time once it is closed', () => {
      const user = new AbortController();
      const deadline = closed({ signal: user.signal, timeout: 10 });
      user.abort();
      clock.tick(1_000);
      assert.equal(deadline.error, undefined);
      assert.equal(deadline.signal.aborted, false);
      assert.doesNotThrow(() => deadline.enter('commit'));
    });
  });
});
