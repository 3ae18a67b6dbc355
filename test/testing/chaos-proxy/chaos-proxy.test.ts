import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import { assertSameBytes, dial, peerOf, positionalBytes, startTarget } from './peers.ts';
import type { Target } from './peers.ts';

describe('the chaos proxy', () => {
  let target: Target;
  let proxy: ChaosProxy;

  beforeEach(async () => {
    target = await startTarget({ echo: true });
    proxy = await startChaosProxy(target);
  });

  afterEach(async () => {
    await proxy.close();
    await target[Symbol.asyncDispose]();
  });

  it('is a plain wire without a plan: every byte both ways, then both ends', async () => {
    const bytes = positionalBytes(3_000_001);
    const client = await dial(proxy.port);
    client.socket.end(bytes);
    assert.equal(await client.ended, 'FIN');
    assertSameBytes(client.bytes(), bytes);
    const closed = await proxy.waitFor('closed');
    assert.deepEqual([closed.bytesUp, closed.bytesDown], [bytes.length, bytes.length]);
    const events = proxy.log.map(({ event, direction }) => [event, direction].join(' ').trim());
    assert.deepEqual(events, ['accept', 'connected', 'end up', 'end down', 'closed']);
  });

  it('stalls everything both ways, new connections too, and loses nothing when healed', async () => {
    const old = await dial(proxy.port);
    old.socket.write('before;');
    await old.has(7);
    proxy.stallAll();
    old.socket.write('after;');
    (await target.peer(1)).socket.write('answer;');
    const young = await dial(proxy.port);
    young.socket.write('young');
    await proxy.waitFor('stalled', ({ connection }) => connection === 2);
    assert.deepEqual([target.accepted, old.bytes().toString()], [1, 'before;']);
    proxy.heal();
    assert.equal((await old.has(20)).toString(), 'before;answer;after;');
    assert.equal((await young.has(5)).toString(), 'young');
  });

  it('stalls only the connections there are when asked to', async () => {
    const old = await dial(proxy.port);
    await proxy.waitFor('connected');
    proxy.stallAll({ newConnections: false });
    old.socket.write('held');
    const young = await dial(proxy.port);
    young.socket.write('young');
    await young.has(5);
    assert.equal(old.bytes().length, 0);
  });

  it('keeps the end of a client from the target while stalled', async () => {
    const client = await dial(proxy.port);
    const served = await target.peer(1);
    proxy.stallAll();
    client.socket.resetAndDestroy();
    await proxy.waitFor('error');
    const other = await dial(target.port);
    other.socket.end('time to hear of it');
    await other.ended;
    assert.equal(served.socket.destroyed, false);
    proxy.heal();
    assert.equal(await served.ended, 'RST');
  });

  it('resets what is open and serves what comes next', async () => {
    const old = await dial(proxy.port);
    const served = await target.peer(1);
    proxy.resetAll();
    assert.deepEqual(await Promise.all([old.ended, served.ended]), ['RST', 'RST']);
    const young = await dial(proxy.port);
    young.socket.write('young');
    await young.has(5);
  });

  it('refuses new connections until healed', async () => {
    const old = await dial(proxy.port);
    proxy.refuseNew();
    const refused = await dial(proxy.port);
    assert.equal(await refused.ended, 'RST');
    old.socket.write('old');
    await old.has(3);
    proxy.heal();
    const served = await dial(proxy.port);
    served.socket.write('new');
    await served.has(3);
  });

  it('drops rules that have not fired, and every hindrance, when healed', async () => {
    const throttled = { when: { afterBytes: 1 }, do: { throttle: 1 } } as const;
    proxy.plan(() => ({ up: [throttled, { when: { afterBytes: 50 }, do: 'reset' }] }));
    const client = await dial(proxy.port);
    client.socket.write(Buffer.alloc(1_000));
    await proxy.waitFor('rule');
    proxy.heal();
    assert.equal((await client.has(1_000)).length, 1_000);
    assert.equal(proxy.log.filter(({ event }) => event === 'rule').length, 1);
  });

  it('drops rules whose bytes come only after it was healed', async () => {
    proxy.plan(() => ({
      up: [
        { when: { afterBytes: 50 }, do: 'reset' },
        { when: { pattern: 'end' }, do: 'corrupt' },
      ],
    }));
    const client = await dial(proxy.port);
    client.socket.write('before');
    await client.has(6);
    proxy.heal();
    client.socket.end('x'.repeat(100) + 'end!');
    assert.equal(await client.ended, 'FIN');
    assert.equal(client.bytes().toString(), `before${'x'.repeat(100)}end!`);
  });

  it('answers a wait from the past as well as from the future', async () => {
    const soon = proxy.waitFor('accept');
    await dial(proxy.port);
    assert.equal(await soon, await proxy.waitFor('accept'));
  });

  it('leaves no connection, no port and no waiting promise after close', async () => {
    const client = await dial(proxy.port);
    const waiting = proxy.waitFor('rule');
    proxy.stallAll();
    const stalled = await dial(proxy.port);
    await proxy.waitFor('stalled');
    await proxy.close();
    await proxy.close();
    assert.equal(proxy.openConnections, 0);
    assert.deepEqual(await Promise.all([client.ended, stalled.ended]), ['RST', 'RST']);
    await assert.rejects(waiting, /closed before its event 'rule'/);
    await assert.rejects(proxy.waitFor('rule'), /closed/);
    assert.equal(await peerOf(connect(proxy.port, '127.0.0.1')).ended, 'RST');
  });
});
