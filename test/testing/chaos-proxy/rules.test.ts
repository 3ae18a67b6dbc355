import assert from 'node:assert/strict';
import { once } from 'node:events';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy, ConnectionPlan, Direction, Rule, RulePoint } from '../../../src/testing/chaos-proxy/index.ts';
import { assertSameBytes, dial, positionalBytes, startTarget } from './peers.ts';
import type { Peer, Target } from './peers.ts';

const SENT = positionalBytes(600_000);

interface Ends {
  readonly from: Peer;
  readonly to: Peer;
}

describe('rules of the chaos proxy', () => {
  let target: Target;
  let proxy: ChaosProxy;

  beforeEach(async () => {
    target = await startTarget();
    proxy = await startChaosProxy(target);
  });

  afterEach(async () => {
    await proxy.close();
    await target[Symbol.asyncDispose]();
  });

  const open = async (direction: Direction, plan: ConnectionPlan): Promise<Ends> => {
    proxy.plan(() => plan);
    const client = await dial(proxy.port);
    const server = await target.peer(proxy.connections);
    return direction === 'up' ? { from: client, to: server } : { from: server, to: client };
  };
  const planned = (direction: Direction, ...rules: Rule[]) => open(direction, { [direction]: rules });
  const bytesIn = (direction: Direction) => (direction === 'up' ? 'bytesUp' : 'bytesDown');

  for (const direction of ['up', 'down'] as const) {
    describe(`on the way ${direction}`, () => {
      for (const count of [0, 1, 65_535, 65_536, 65_537, 300_000, 600_000]) {
        it(`resets both ends after exactly ${count} bytes`, async () => {
          const { from, to } = await planned(direction, { when: { afterBytes: count }, do: 'reset' });
          from.socket.write(SENT);
          assert.equal(await to.ended, 'RST');
          assert.equal(await from.ended, 'RST');
          assertSameBytes(to.bytes(), SENT.subarray(0, count));
          const fired = await proxy.waitFor('rule');
          assert.equal(fired[bytesIn(direction)], count);
        });
      }

      it('closes both ends after exactly n bytes and drops what still comes', async () => {
        const { from, to } = await planned(direction, { when: { afterBytes: 70_001 }, do: 'close' });
        from.socket.end(SENT);
        assert.equal(await to.ended, 'FIN');
        assert.equal(await from.ended, 'FIN');
        to.socket.end('too late');
        await proxy.waitFor('closed');
        assertSameBytes(to.bytes(), SENT.subarray(0, 70_001));
        assert.equal(from.bytes().length, 0);
      });

      it('half-closes: this direction ends after n bytes, the other goes on', async () => {
        const { from, to } = await planned(direction, { when: { afterBytes: 5 }, do: 'half-close' });
        from.socket.write(SENT);
        assert.equal(await to.ended, 'FIN');
        to.socket.end('answer');
        assert.equal(await from.ended, 'FIN');
        assert.equal(from.bytes().toString(), 'answer');
        assertSameBytes(to.bytes(), SENT.subarray(0, 5));
      });

      it('stalls after exactly n bytes until healed; the other direction goes on; nothing is lost', async () => {
        const { from, to } = await planned(direction, { when: { afterBytes: 1_000 }, do: 'stall' });
        from.socket.end(SENT);
        await proxy.waitFor('rule');
        to.socket.write('still here');
        await from.has(10);
        assertSameBytes(to.bytes(), SENT.subarray(0, 1_000));
        proxy.heal();
        assert.equal(await to.ended, 'FIN');
        assertSameBytes(to.bytes(), SENT);
      });

      it('corrupts exactly the byte after n', async () => {
        const { from, to } = await planned(direction, { when: { afterBytes: 66_000 }, do: 'corrupt' });
        from.socket.end(SENT);
        assert.equal(await to.ended, 'FIN');
        const expected = Buffer.from(SENT);
        expected[66_000] = (SENT[66_000] ?? 0) ^ 0xff;
        assertSameBytes(to.bytes(), expected);
      });

      it('delays once by at least the time asked for', async () => {
        const { from, to } = await planned(direction, { when: { afterBytes: 3 }, do: { delayMs: 80 } });
        from.socket.write('abcdef');
        await to.has(3);
        const started = performance.now();
        assert.equal((await to.has(6)).toString(), 'abcdef');
        assert.ok(performance.now() - started > 60);
      });

      it('throttles to about the rate asked for', async () => {
        const { from, to } = await planned(direction, { when: { afterBytes: 0 }, do: { throttle: 100_000 } });
        const started = performance.now();
        from.socket.end(SENT.subarray(0, 30_000));
        assert.equal(await to.ended, 'FIN');
        const seconds = (performance.now() - started) / 1_000;
        assert.ok(seconds > 0.25 && seconds < 2, `${seconds} s for 30,000 bytes at 100,000 bytes/s`);
        assertSameBytes(to.bytes(), SENT.subarray(0, 30_000));
      });

      it('slices: the receiver gets the bytes in many small reads', async () => {
        const { from, to } = await planned(direction, { when: { afterBytes: 0 }, do: { slice: 1 } });
        const sizes: number[] = [];
        to.socket.on('data', (chunk: Buffer) => sizes.push(chunk.length));
        from.socket.end(SENT.subarray(0, 500));
        assert.equal(await to.ended, 'FIN');
        assertSameBytes(to.bytes(), SENT.subarray(0, 500));
        assert.ok(sizes.length > 250, `${sizes.length} reads for 500 slices`);
      });

      it('calls a function at exactly n bytes and waits for it', async () => {
        const calls: RulePoint[] = [];
        const gate = Promise.withResolvers<undefined>();
        const hold = async (at: RulePoint) => {
          calls.push(at);
          await gate.promise;
        };
        const { from, to } = await planned(direction, { when: { afterBytes: 12 }, do: { call: hold } });
        from.socket.end(SENT);
        await proxy.waitFor('rule');
        assertSameBytes(await to.has(12), SENT.subarray(0, 12));
        gate.resolve(undefined);
        assert.equal(await to.ended, 'FIN');
        assertSameBytes(to.bytes(), SENT);
        const counts = { bytesUp: 0, bytesDown: 0, [bytesIn(direction)]: 12 };
        assert.deepEqual(calls, [{ connection: 1, direction, ...counts }]);
      });

      it('fires on a pattern that comes in pieces, its last byte included', async () => {
        const { from, to } = await planned(direction, { when: { pattern: 'COMMIT' }, do: 'stall' });
        from.socket.write('BEGIN;CO');
        await to.has(8);
        from.socket.write('MMIT;more');
        await proxy.waitFor('rule');
        assert.equal((await to.has(12)).toString(), 'BEGIN;COMMIT');
      });

      it('fires before a pattern, of which not one byte passes', async () => {
        const when = { pattern: Buffer.from('COMMIT'), before: true };
        const { from, to } = await planned(direction, { when, do: 'reset' });
        from.socket.write('BEGIN;CO');
        await to.has(6);
        from.socket.write('MMIT;more');
        assert.equal(await to.ended, 'RST');
        assert.equal(to.bytes().toString(), 'BEGIN;');
      });

      it('fires after a time, on an idle connection', async () => {
        const { from, to } = await planned(direction, { when: { afterMs: 30 }, do: 'reset' });
        assert.equal(await to.ended, 'RST');
        assert.equal(await from.ended, 'RST');
        assert.ok((await proxy.waitFor('rule')).at >= 29);
      });

      it('carries out several rules in the order of their bytes, each once', async () => {
        const { from, to } = await planned(
          direction,
          { when: { afterBytes: 20 }, do: 'reset' },
          { when: { afterBytes: 10 }, do: { delayMs: 1 } },
          { when: { afterBytes: 10 }, do: 'corrupt' },
        );
        from.socket.write(SENT);
        assert.equal(await to.ended, 'RST');
        assert.equal(to.bytes().length, 20);
        const rules = proxy.log.filter(({ event }) => event === 'rule');
        assert.deepEqual(
          rules.map((entry) => [entry[bytesIn(direction)], entry.rule?.do]),
          [
            [10, { delayMs: 1 }],
            [10, 'corrupt'],
            [20, 'reset'],
          ],
        );
      });

      it('reads no further than its buffers while the receiver does not read', async () => {
        const { from, to } = await planned(direction);
        to.socket.pause();
        const chunk = Buffer.alloc(1_000_000);
        const isTaken = async (): Promise<boolean> => {
          if (from.socket.write(chunk)) return true;
          const drained = once(from.socket, 'drain', { signal: AbortSignal.timeout(250) });
          return drained.then(() => true).catch(() => false);
        };
        let written = 1;
        while ((await isTaken()) && written < 60) written += 1;
        assert.ok(written < 60, `${written} MB vanished into the proxy`);
        from.socket.end();
        to.socket.resume();
        assert.equal(await to.ended, 'FIN');
        assert.equal(to.bytes().length, written * chunk.length);
      });

      it('passes on that one end was reset', async () => {
        const { from, to } = await planned(direction);
        from.socket.write('x');
        await to.has(1);
        from.socket.resetAndDestroy();
        assert.equal(await to.ended, 'RST');
        await proxy.waitFor('closed');
      });
    });
  }

  it('gives each connection the plan for its number', async () => {
    proxy.plan(({ number }) => (number === 2 ? { refuse: true } : undefined));
    const first = await dial(proxy.port);
    const second = await dial(proxy.port);
    const third = await dial(proxy.port);
    assert.equal(await second.ended, 'RST');
    first.socket.write('1');
    third.socket.write('3');
    assert.equal((await (await target.peer(1)).has(1)).toString(), '1');
    assert.equal((await (await target.peer(2)).has(1)).toString(), '3');
    assert.deepEqual([proxy.connections, target.accepted], [3, 2]);
    assert.equal((await proxy.waitFor('refused')).connection, 2);
  });

  it('leaves a stalled connection without a target until healed', async () => {
    proxy.plan(() => ({ stallConnect: true }));
    const client = await dial(proxy.port);
    client.socket.write('hello');
    await proxy.waitFor('stalled');
    assert.equal(target.accepted, 0);
    proxy.heal();
    assert.equal((await (await target.peer(1)).has(5)).toString(), 'hello');
  });

  it('resets the client when the target cannot be reached', async () => {
    await target[Symbol.asyncDispose]();
    const client = await dial(proxy.port);
    assert.equal(await client.ended, 'RST');
    assert.match(String((await proxy.waitFor('connect-failed')).error), /ECONNREFUSED/);
    target = await startTarget();
  });
});
