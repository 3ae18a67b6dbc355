import assert from 'node:assert/strict';
import { hasSubscribers } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { cutRequests } from '../../src/core/cut-requests.ts';
import { rejection } from '../support/faults.ts';

describe('the requests of code that takes no signal', () => {
  const waiting = new Map<string, ServerResponse>();
  const reached = new Map<string, () => void>();
  const server = createServer((request, response) => {
    const { url = '' } = request;
    waiting.set(url, response);
    reached.get(url)?.();
  });
  let origin: string;
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close();
    await once(server, 'close');
  });

  const arrived = (path: string): Promise<void> => new Promise((resolve) => void reached.set(path, resolve));
  /** Some way down, as a library would make it. */
  const ask = async (path: string): Promise<number | undefined> => {
    await setImmediate();
    const [response] = (await once(get(origin + path, { agent: new Agent() }), 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };

  it('end when they are cut, and those of others do not', async () => {
    const there = Promise.all(['/mine', '/theirs', '/other'].map(arrived));
    const cut = new AbortController();
    const mine = rejection(cutRequests(() => ask('/mine'), cut.signal));
    const other = new AbortController();
    const others = cutRequests(() => ask('/other'), other.signal);
    const theirs = ask('/theirs');
    await there;
    const closed = once(waiting.get('/mine') ?? assert.fail(), 'close');
    cut.abort();
    await Promise.all([mine, closed]);
    for (const path of ['/theirs', '/other']) waiting.get(path)?.end();
    assert.deepEqual(await Promise.all([theirs, others]), [200, 200]);
    other.abort();
    assert.equal(hasSubscribers('http.client.request.start'), false);
  });
});
