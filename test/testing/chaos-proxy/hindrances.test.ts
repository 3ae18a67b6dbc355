import assert from 'node:assert/strict';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { Action, ChaosProxy, Direction, Rule } from '../../../src/testing/chaos-proxy/index.ts';
import { assertSameBytes, dial, positionalBytes, startTarget } from './peers.ts';
import type { Peer, Target } from './peers.ts';

const SENT = positionalBytes(2_000_000);

describe('hindrances of the chaos proxy', () => {
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

  const open = async (direction: Direction, ...rules: Rule[]): Promise<{ from: Peer; to: Peer }> => {
    proxy.plan(() => ({ [direction]: rules }));
    const client = await dial(proxy.port);
    const server = await target.peer(proxy.connections);
    return direction === 'up' ? { from: client, to: server } : { from: server, to: client };
  };
  const from = (afterBytes: number, action: Action): Rule => ({ when: { afterBytes }, do: action });

  for (const direction of ['up', 'down'] as const) {
    describe(`on the way ${direction}`, () => {
      it('latency delays every byte and the end, and does not add up', async () => {
        const { from: sender, to } = await open(direction, from(0, { latencyMs: 150 }));
        const started = performance.now();
        for (let n = 0; n < 10; n += 1) {
          sender.socket.write(SENT.subarray(n * 100, n * 100 + 100));
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        sender.socket.end();
        await to.has(1);
        assert.ok(performance.now() - started > 145, 'the first byte came too soon');
        const last = performance.now();
        assert.equal(await to.ended, 'FIN');
        assert.ok(performance.now() - last < 1_000, 'ten delays were added up');
        assertSameBytes(to.bytes(), SENT.subarray(0, 1_000));
      });

      it('latency leaves the bandwidth as it is', async () => {
        const { from: sender, to } = await open(direction, from(0, { latencyMs: 200 }));
        const started = performance.now();
        sender.socket.end(SENT);
        assert.equal(await to.ended, 'FIN');
        const elapsed = performance.now() - started;
        // Read by read of 64 KiB it would be 6 s.
        assert.ok(elapsed > 195 && elapsed < 3_000, `${elapsed} ms`);
        assertSameBytes(to.bytes(), SENT);
      });

      it('jitter keeps the order of the bytes', async () => {
        const { from: sender, to } = await open(direction, from(10, { latencyMs: 10, jitterMs: 10, seed: 7 }));
        for (let at = 0; at < 10_000; at += 500) {
          sender.socket.write(SENT.subarray(at, at + 500));
          await new Promise((resolve) => setImmediate(resolve));
        }
        sender.socket.end();
        assert.equal(await to.ended, 'FIN');
        assertSameBytes(to.bytes(), SENT.subarray(0, 10_000));
      });

      it('loses exactly the bytes asked for', async () => {
        const { from: sender, to } = await open(direction, from(66_000, { lose: 1_001 }));
        sender.socket.end(SENT);
        assert.equal(await to.ended, 'FIN');
        assertSameBytes(to.bytes(), Buffer.concat([SENT.subarray(0, 66_000), SENT.subarray(67_001)]));
        to.socket.end();
        const passed = await proxy.waitFor('closed');
        assert.equal(direction === 'up' ? passed.bytesUp : passed.bytesDown, SENT.length);
      });

      it('a timeout lets nothing pass and then closes both ends', async () => {
        const { from: sender, to } = await open(direction, from(100, { timeoutMs: 60 }));
        sender.socket.write(SENT);
        const fired = await proxy.waitFor('rule');
        assert.equal(await to.ended, 'FIN');
        assert.equal(await sender.ended, 'FIN');
        to.socket.end();
        sender.socket.end();
        assert.ok((await proxy.waitFor('closed')).at - fired.at > 55);
        assertSameBytes(to.bytes(), SENT.subarray(0, 100));
      });

      it('a slow close passes the end on later than the bytes', async () => {
        const { from: sender, to } = await open(direction, from(0, { slowCloseMs: 80 }));
        sender.socket.end('last words');
        await to.has(10);
        const started = performance.now();
        assert.equal(await to.ended, 'FIN');
        assert.ok(performance.now() - started > 60);
      });

      it('pauses after each slice', async () => {
        const { from: sender, to } = await open(direction, from(0, { slice: 10, pauseMs: 20 }));
        const started = performance.now();
        sender.socket.end(SENT.subarray(0, 100));
        assert.equal(await to.ended, 'FIN');
        assert.ok(performance.now() - started > 180);
        assertSameBytes(to.bytes(), SENT.subarray(0, 100));
      });

      it('a stall ends at its own rule, and rules that have not fired stay', async () => {
        const rules = [from(10, 'stall'), { when: { afterMs: 60 }, do: 'unstall' } as const, from(500, 'reset')];
        const { from: sender, to } = await open(direction, ...rules);
        sender.socket.write(SENT);
        assert.equal(await to.ended, 'RST');
        assertSameBytes(to.bytes(), SENT.subarray(0, 500));
        const [stalled, unstalled] = proxy.log.filter(({ event }) => event === 'rule');
        assert.ok((unstalled?.at ?? 0) > (stalled?.at ?? Infinity));
      });

      it('goes back to normal by a rule, and rules that have not fired stay', async () => {
        const rules = [from(5, { throttle: 1 }), { when: { afterMs: 40 }, do: 'restore' } as const];
        const { from: sender, to } = await open(direction, ...rules, from(90_000, 'reset'));
        sender.socket.write(SENT);
        assert.equal(await to.ended, 'RST');
        assertSameBytes(to.bytes(), SENT.subarray(0, 90_000));
      });

      it('a limit of bytes is a close after exactly so many', async () => {
        const { from: sender, to } = await open(direction, from(1_234, 'close'));
        sender.socket.end(SENT);
        assert.equal(await to.ended, 'FIN');
        assertSameBytes(to.bytes(), SENT.subarray(0, 1_234));
      });

      const hindering: Readonly<Record<string, Action>> = {
        stall: 'stall',
        delay: { delayMs: 60_000 },
        timeout: { timeoutMs: 60_000 },
        latency: { latencyMs: 60_000 },
        throttle: { throttle: 1 },
        slice: { slice: 1, pauseMs: 60_000 },
        'slow close': { slowCloseMs: 60_000 },
      };
      for (const [name, action] of Object.entries(hindering)) {
        it(`ends a ${name} when healed, and loses nothing`, async () => {
          const { from: sender, to } = await open(direction, from(3, action), from(100, 'reset'));
          sender.socket.end(SENT.subarray(0, 90));
          await proxy.waitFor('rule');
          await to.has(3);
          proxy.heal();
          assert.equal(await to.ended, 'FIN');
          assertSameBytes(to.bytes(), SENT.subarray(0, 90));
        });
      }

      it('forgets at healing what was to be corrupted or lost', async () => {
        const { from: sender, to } = await open(direction, from(2, 'corrupt'), from(2, { lose: 5 }));
        sender.socket.write('ab');
        await to.has(2);
        await proxy.waitFor('rule', ({ rule }) => rule?.do !== 'corrupt');
        proxy.heal();
        sender.socket.end('cdefgh');
        assert.equal(await to.ended, 'FIN');
        assert.equal(to.bytes().toString(), 'abcdefgh');
      });
    });
  }

  it('lets one direction end the stall of the other', async () => {
    proxy.plan(() => ({ down: [from(0, 'stall')], up: [{ when: { pattern: 'go on' }, do: 'unstall' }] }));
    const client = await dial(proxy.port);
    const server = await target.peer(1);
    server.socket.write('answer');
    client.socket.write('wait');
    await server.has(4);
    assert.equal(client.bytes().length, 0);
    client.socket.write('go on');
    assert.equal((await client.has(6)).toString(), 'answer');
  });

  it('serves a connection later where accepting is delayed, and at once when healed', async () => {
    proxy.plan(({ number }) => ({ delayConnectMs: number === 1 ? 60 : 60_000 }));
    const late = await dial(proxy.port);
    late.socket.write('late');
    await (await target.peer(1)).has(4);
    const [stalled, connected] = await Promise.all([proxy.waitFor('stalled'), proxy.waitFor('connected')]);
    assert.ok(connected.at - stalled.at > 55);
    const later = await dial(proxy.port);
    later.socket.write('later');
    await proxy.waitFor('stalled', ({ connection }) => connection === 2);
    assert.equal(target.accepted, 1);
    proxy.heal();
    assert.equal((await (await target.peer(2)).has(5)).toString(), 'later');
  });
});
