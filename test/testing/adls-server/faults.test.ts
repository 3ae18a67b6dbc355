import assert from 'node:assert/strict';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';
import { sample } from '../../conformance/sample.ts';
import type { RawReply } from '../../support/raw-reply.ts';
import { send } from './raw-client.ts';

const DATA = sample(1_000_000);

for (const tls of [false, true]) {
  describe(`ADLS server: faults${tls ? ', over TLS' : ''}`, () => {
    let server: AdlsServer;

    beforeEach(async () => {
      server = await startAdlsServer({ containers: ['lake'], tls });
      server.putFile('lake', 'file', DATA);
    });

    afterEach(() => server.close());

    const get = (headers: Record<string, string> = {}): Promise<RawReply> =>
      send(server, { path: '/lake/file', headers });
    const create = (): Promise<RawReply> => send(server, { method: 'PUT', path: '/lake/new', query: 'resource=file' });
    const append = (body: string): Promise<RawReply> =>
      send(server, { method: 'PATCH', path: '/lake/new', query: 'action=append&position=0', body });
    const there = (path: string): boolean => server.paths('lake').some((one) => one.path === path);

    it('answers with an error of its side and does nothing', async () => {
      const busy = server.on('CreatePathFile', 1, {
        ...{ status: 503, code: 'ServerBusy', headers: { 'retry-after': '7' } },
      });
      const refused = await create();
      assert.deepEqual([refused.status, refused.headers['x-ms-error-code']], [503, 'ServerBusy']);
      assert.match(refused.body.toString(), /^\{"error":\{"code":"ServerBusy","message":"The server is busy\./);
      assert.equal(refused.headers['retry-after'], '7');
      assert.equal(there('new'), false);
      assert.equal((await create()).status, 201);
      const failed = server.on('GetBlob', 1, { status: 500, code: 'OperationTimedOut' });
      assert.match((await get()).body.toString(), /<Error><Code>OperationTimedOut<\/Code>/);
      assert.deepEqual([busy.fired, failed.fired, (await busy.firstFired).path], [1, 1, 'new']);
    });

    it('resets before it acts, and after it has acted', async () => {
      const before = server.on('CreatePathFile', 1, { reset: 'before' });
      await assert.rejects(create(), { code: 'ECONNRESET' });
      assert.equal(there('new'), false);
      const after = server.on('CreatePathFile', 2, { reset: 'after' });
      await assert.rejects(create(), { code: 'ECONNRESET' });
      assert.equal(there('new'), true);
      assert.deepEqual([before.fired, after.fired], [1, 1]);
      const entries = server.operations.map(({ operation, aborted }) => [operation, aborted]);
      assert.deepEqual(entries, [
        ['CreatePathFile', true],
        ['CreatePathFile', true],
      ]);
    });

    it('loses the acknowledgement of an append, a flush, a rename and a deletion that were done', async () => {
      await create();
      const lost = server.on('*', ({ operation }) => operation !== 'CreatePathFile', { reset: 'after' });
      await assert.rejects(append('data'), { code: 'ECONNRESET' });
      assert.equal(server.paths('lake').at(-1)?.pendingBytes, 4);
      const flush = send(server, { method: 'PATCH', path: '/lake/new', query: 'action=flush&position=4' });
      await assert.rejects(flush, { code: 'ECONNRESET' });
      assert.equal(server.getFile('lake', 'new')?.toString(), 'data');
      const source = { 'x-ms-rename-source': '/lake/new' };
      const rename = send(server, { method: 'PUT', path: '/lake/renamed', query: 'mode=legacy', headers: source });
      await assert.rejects(rename, { code: 'ECONNRESET' });
      assert.deepEqual([there('new'), there('renamed')], [false, true]);
      const deletion = send(server, { method: 'DELETE', path: '/lake/renamed', query: 'paginated=false' });
      await assert.rejects(deletion, { code: 'ECONNRESET' });
      assert.equal(there('renamed'), false);
      assert.equal(lost.fired, 4);
    });

    it('cuts a body at the byte: with a reset, with an end, with and without a length', async () => {
      const reset = server.on('GetBlob', 1, { reset: { afterBytes: 300_000 } });
      const ended = server.on('GetBlob', 2, { end: { afterBytes: 300_001 } });
      const short = server.on('GetBlob', 3, { noLength: true, end: { afterBytes: 300_002 } });
      for (const [bytes, how, length] of [
        [300_000, 'ECONNRESET', '1000000'],
        [300_001, 'ECONNRESET', '1000000'],
        [300_002, 'complete', undefined],
      ] as const) {
        const reply = await get();
        assert.ok(reply.body.equals(DATA.subarray(0, bytes)));
        assert.deepEqual([reply.ended, reply.headers['content-length']], [how, length]);
      }
      assert.deepEqual([reset.fired, ended.fired, short.fired], [1, 1, 1]);
    });

    it('stalls before it acts and in mid-body, until it is released', async () => {
      const before = server.on('CreatePathFile', 1, { stall: 'before' });
      const creation = create();
      await before.firstFired;
      assert.equal(there('new'), false);
      before.release();
      assert.equal((await creation).status, 201);
      const middle = server.on('GetBlob', 1, { stall: { afterBytes: 500_000 } });
      const reading = get();
      await middle.firstFired;
      assert.equal(server.operations.at(-1)?.bytesOut, 500_000);
      middle.release();
      assert.ok((await reading).body.equals(DATA));
      assert.deepEqual([before.fired, middle.fired], [1, 1]);
    });

    it('waits, damages, lengthens, ignores ranges and leaves headers out', async () => {
      const late = server.on('GetBlob', 1, { delayMs: 1 });
      await get();
      const damaged = server.on('GetBlob', 2, { corrupt: { byte: 7 } });
      const { body } = await get();
      assert.equal(body[7], (DATA[7] ?? 0) ^ 1);
      const longer = server.on('GetBlob', 3, { longerBody: 3 });
      const long = await get();
      assert.deepEqual([long.body.length, long.headers['content-length']], [1_000_003, '1000003']);
      const whole = server.on('GetBlob', 4, { ignoreRange: true });
      assert.equal((await get({ 'x-ms-range': 'bytes=0-9' })).status, 200);
      const shifted = server.on('GetBlob', 5, { shiftRange: 4 });
      assert.equal((await get({ 'x-ms-range': 'bytes=0-9' })).headers['content-range'], 'bytes 4-13/1000000');
      const unknown = server.on('GetBlob', 6, { dropHeader: 'ETag' });
      assert.equal((await get()).headers.etag, undefined);
      server.putFile('lake', 'file', DATA, { headers: { 'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==' } });
      const wrong = server.on('GetBlob', 7, { wrongChecksum: true });
      assert.equal((await get()).headers['content-md5'], 'XEFAKrxLKna5cZ2REBfFkg==');
      const fired = [late, damaged, longer, whole, shifted, unknown, wrong].map((fault) => fault.fired);
      assert.deepEqual(fired, [1, 1, 1, 1, 1, 1, 1]);
    });

    it('calls a hook on arrival, which may change what the next range is of', async () => {
      const hook = server.on('GetBlob', 1, { call: () => void server.putFile('lake', 'file', 'replaced') });
      assert.equal((await get()).body.toString(), 'replaced');
      assert.equal(hook.fired, 1);
    });

    it('counts what came and went, and ends stalled connections when it closes', async () => {
      await create();
      await append('12345');
      await get({ 'x-ms-range': 'bytes=0-9' });
      const counts = server.operations.map(({ operation, nth, status, bytesIn, bytesOut }) => [
        ...[operation, nth, status, bytesIn, bytesOut],
      ]);
      assert.deepEqual(counts, [
        ['CreatePathFile', 1, 201, 0, 0],
        ['AppendFile', 1, 202, 5, 0],
        ['GetBlob', 1, 206, 0, 10],
      ]);
      const stalled = server.on('GetBlob', 'always', { stall: 'before' });
      const reading = get();
      await stalled.firstFired;
      await server.close();
      await assert.rejects(reading, { code: 'ECONNRESET' });
      assert.equal((await server.waitFor('GetBlob', 2, 'ended')).aborted, true);
    });
  });
}
