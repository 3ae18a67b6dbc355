import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import sinon from 'sinon';
import type { Adls2Client, AdlsCallOptions } from '../../src/connectors/adls2/index.ts';
import type { AdlsFaultAction, AdlsOperation } from '../../src/testing/adls-server/index.ts';
import { pathsIn, useCalling } from '../connectors/adls2/calling.ts';
import { CONTAINER, requests } from '../connectors/adls2/writing.ts';
import { QUICK, assertSameBytes, connectorRejection, listenersOn, patterned } from '../connectors/s3/support.ts';

const PART = 1_000;
const BYTES = patterned(5 * PART + 1);

interface Asked {
  readonly name: string;
  /** The request that fails. */
  readonly request: AdlsOperation;
  /** What a change leaves; undefined for what only reads. */
  readonly leaves?: readonly string[];
  ask(client: Adls2Client, options: AdlsCallOptions): Promise<unknown>;
}

/** On a container that holds `dir/1`, `dir/2` and `file`. */
const BEFORE = ['dir/', 'dir/1', 'dir/2', 'file'];
const CALLS: readonly Asked[] = [
  {
    ...{ name: 'exists', request: 'GetBlobProperties' },
    ask: (client, options) => client.exists(CONTAINER, 'file', options),
  },
  {
    ...{ name: 'listPaths', request: 'ListPaths' },
    ask: (client, options) => client.listPaths(CONTAINER, options).next(),
  },
  {
    ...{ name: 'makeDirs', request: 'CreatePathDir', leaves: ['dir/', 'dir/1', 'dir/2', 'file', 'new/'] },
    ask: (client, options) => client.makeDirs(CONTAINER, 'new', { existOk: false, ...options }),
  },
  {
    ...{ name: 'makeDirs with existOk', request: 'CreatePathDir', leaves: ['dir/', 'dir/1', 'dir/2', 'file', 'new/'] },
    ask: (client, options) => client.makeDirs(CONTAINER, 'new', options),
  },
  {
    ...{ name: 'createContainer', request: 'CreateContainer', leaves: BEFORE },
    ask: (client, options) => client.createContainer('new', { existOk: false, ...options }),
  },
  {
    ...{ name: 'deletePath', request: 'DeletePath', leaves: ['dir/', 'dir/1', 'dir/2'] },
    ask: (client, options) => client.deletePath(CONTAINER, 'file', options),
  },
  {
    ...{ name: 'deletePath of a directory', request: 'DeletePath', leaves: ['file'] },
    ask: (client, options) => client.deletePath(CONTAINER, 'dir', { recursive: true, ...options }),
  },
  {
    ...{ name: 'rename', request: 'RenamePath', leaves: ['dir/', 'dir/1', 'dir/2', 'new'] },
    ask: (client, options) => client.rename(CONTAINER, 'file', 'new', options),
  },
  {
    ...{ name: 'rename of a directory', request: 'RenamePath', leaves: ['file', 'new/', 'new/1', 'new/2'] },
    ask: (client, options) => client.rename(CONTAINER, 'dir', 'new', options),
  },
];
const CHANGES = CALLS.filter(({ leaves }) => leaves !== undefined);

const PASSING: readonly AdlsFaultAction[] = [
  { status: 429, code: 'TooManyRequests' },
  { status: 503, code: 'ServerBusy' },
  { status: 408, code: 'RequestTimeout' },
  { status: 502, code: 'BadGateway' },
  { status: 504, code: 'GatewayTimeout' },
  { reset: 'before' },
];

describe('the calls of a client of ADLS Gen2, when something fails', () => {
  const server = useCalling({ limits: { maxDeletions: 1 } });
  beforeEach(() => {
    for (const name of ['dir/1', 'dir/2', 'file']) server.adls.putFile(CONTAINER, name, name);
  });
  const left = (): string[] => pathsIn(server.adls, CONTAINER);

  it('are nine, of which seven change something', () => assert.deepEqual([CALLS.length, CHANGES.length], [9, 7]));

  for (const { name, request, leaves = BEFORE, ask } of CALLS) {
    it(`${name} outlasts 429, 503, 408, 502, 504 and a reset`, async () => {
      const faults = PASSING.map((action, n) => server.adls.on(request, n + 1, action));
      await ask(server.open(), { retry: { ...QUICK, attempts: 9 } });
      assert.deepEqual(
        faults.map(({ fired }) => fired),
        PASSING.map(() => 1),
      );
      assert.deepEqual(left(), leaves);
    });
  }

  for (const { name, request, leaves, ask } of CHANGES) {
    it(`${name} whose answer was lost is found to have happened, and is not sent again`, async () => {
      const last = name === 'deletePath of a directory' ? 3 : 1;
      const fault = server.adls.on(request, last, { reset: 'after' });
      // Looking fails once as well.
      const looking = request === 'CreateContainer' ? 'GetContainerProperties' : 'GetBlobProperties';
      const looked = server.adls.on(looking, () => fault.fired > 0 && looked.fired === 0, {
        ...{ status: 503, code: 'ServerBusy' },
      });
      await ask(server.open(), { retry: QUICK });
      assert.deepEqual([fault.fired, looked.fired, requests(server.adls, request).length], [1, 1, last]);
      assert.deepEqual(left(), leaves);
    });

    it(`${name} whose answer was lost is of unknown outcome where looking does not tell`, async () => {
      const last = name === 'deletePath of a directory' ? 3 : 1;
      const fault = server.adls.on(request, last, { reset: 'after' });
      const looking = request === 'CreateContainer' ? 'GetContainerProperties' : 'GetBlobProperties';
      const looked = server.adls.on(looking, () => fault.fired > 0, { status: 403, code: 'AuthorizationFailure' });
      const { code, outcome } = await connectorRejection(ask(server.open(), { retry: QUICK }));
      assert.deepEqual([fault.fired, looked.fired, code, outcome], [1, 1, 'COMMIT_UNKNOWN', 'unknown']);
    });

    it(`${name} whose answer was lost, and whose repetition is refused, may happen yet`, async () => {
      const lost = server.adls.on(request, 1, { reset: 'before' });
      const refused = server.adls.on(request, 2, { status: 403, code: 'AuthorizationPermissionMismatch' });
      const { code, outcome } = await connectorRejection(ask(server.open(), { retry: QUICK }));
      assert.deepEqual([lost.fired, refused.fired, code, outcome], [1, 1, 'ACCESS_DENIED', 'unknown']);
    });

    it(`${name} that is aborted under way says that its outcome is unknown`, async () => {
      const fault = server.adls.on(request, 1, { stall: 'before' });
      const user = new AbortController();
      const reason = new Error('the user left');
      const refused = connectorRejection(ask(server.open(), { signal: user.signal }));
      await fault.firstFired;
      user.abort(reason);
      const { code, cause, outcome } = await refused;
      assert.deepEqual([code, cause === reason, outcome], ['ABORTED', true, 'unknown']);
      assert.equal(listenersOn(user.signal), 0);
    });
  }

  for (const { name, request, ask } of CALLS) {
    it(`${name} that is refused says so, once, and has changed nothing`, async () => {
      const fault = server.adls.on(request, 'always', { status: 403, code: 'AuthorizationPermissionMismatch' });
      const { code, outcome } = await connectorRejection(ask(server.open(), { retry: QUICK }));
      assert.deepEqual([fault.fired, code, outcome], [1, 'ACCESS_DENIED', 'not-done']);
      assert.deepEqual(left(), BEFORE);
    });
  }

  it('end in the time that the call is given', async () => {
    for (const { request } of CALLS) server.adls.on(request, 'always', { stall: 'before' });
    const client = server.open();
    const failed = await Promise.all(CALLS.map(({ ask }) => connectorRejection(ask(client, { timeout: 150 }))));
    for (const { code } of failed) assert.equal(code, 'DEADLINE_EXCEEDED');
  });

  it('give a call up after `timeouts.operation`, and a request after `timeouts.read`', async () => {
    server.adls.on('GetBlobProperties', 'always', { stall: 'before' });
    const quick = server.open({ timeouts: { operation: 150 } }).exists(CONTAINER, 'file');
    const short = server.open({ timeouts: { read: 50 } }).exists(CONTAINER, 'file', { retry: false });
    const failed = await Promise.all([quick, short].map(connectorRejection));
    assert.deepEqual(
      failed.map(({ code }) => code),
      ['DEADLINE_EXCEEDED', 'RESPONSE_TIMEOUT'],
    );
  });

  it('begin nothing on a signal that has fired', async () => {
    const signal = AbortSignal.abort(new Error('the user left'));
    const client = server.open();
    const file = path.join(server.folder, 'file');
    await writeFile(file, BYTES);
    const asked = [
      ...CALLS.map(({ ask }) => ask(client, { signal })),
      client.uploadBytes(CONTAINER, 'new', 'x', { signal }),
      client.uploadFile(file, CONTAINER, 'new', { signal }),
      client.downloadBytes(CONTAINER, 'file', { signal }),
      client.downloadFile(CONTAINER, 'file', path.join(server.folder, 'out'), { signal }),
      client.sweepTemporary(CONTAINER, { olderThan: 0, signal }),
      client.ping({ signal }),
    ];
    for (const { code } of await Promise.all(asked.map(connectorRejection))) assert.equal(code, 'ABORTED');
    assert.deepEqual([server.adls.operations, await readdir(server.folder)], [[], ['file']]);
    assert.equal(listenersOn(signal), 0);
  });

  for (const [what, action] of [
    ['403', { status: 403, code: 'AuthorizationFailure' }],
    ['500', { status: 500, code: 'InternalError' }],
    ['a broken connection', { reset: 'before' }],
  ] as const) {
    it(`take ${what} for no word of whether a path is there`, async () => {
      const fault = server.adls.on('GetBlobProperties', 'always', action);
      await connectorRejection(server.open().exists(CONTAINER, 'nothing', { retry: QUICK }));
      assert.ok(fault.fired >= 1);
    });
  }

  describe('what somebody else does meanwhile', () => {
    const before = (request: AdlsOperation, action: () => void) => [
      server.adls.on(request, 1, { call: action }),
      server.adls.on(request, 1, { reset: 'before' }),
    ];

    it("is not taken for one's own: a container, a directory", async () => {
      const made = [
        ...before('CreateContainer', () => server.adls.createContainer('new')),
        ...before('CreatePathDir', () => server.adls.makeDirectory(CONTAINER, 'new')),
      ];
      const client = server.open();
      const failed = [
        await connectorRejection(client.createContainer('new', { existOk: false, retry: QUICK })),
        await connectorRejection(client.makeDirs(CONTAINER, 'new', { existOk: false, retry: QUICK })),
      ];
      assert.deepEqual(
        made.map(({ fired }) => fired),
        [1, 1, 1, 1],
      );
      for (const { code, outcome } of failed) assert.deepEqual([code, outcome], ['ALREADY_EXISTS', 'not-done']);
    });

    it('makes what became of a rename unknown, where it has replaced the new file', async () => {
      const fault = server.adls.on('RenamePath', 1, { reset: 'after' });
      server.adls.on('GetBlobProperties', 2, { call: () => void server.adls.putFile(CONTAINER, 'new', 'other') });
      const { code, outcome } = await connectorRejection(
        server.open().rename(CONTAINER, 'file', 'new', { retry: QUICK }),
      );
      assert.deepEqual([fault.fired, code, outcome], [1, 'COMMIT_UNKNOWN', 'unknown']);
      assert.equal(server.adls.getFile(CONTAINER, 'new')?.toString(), 'other');
    });

    it('is not renamed in the place of what was looked at', async () => {
      const replace = (): void => void server.adls.putFile(CONTAINER, 'file', 'other');
      const fault = server.adls.on('RenamePath', 1, { call: replace });
      const { code } = await connectorRejection(server.open().rename(CONTAINER, 'file', 'new', { retry: QUICK }));
      assert.deepEqual([fault.fired, code, left()], [1, 'OBJECT_CHANGED', BEFORE]);
    });
  });

  describe('the deletion of a directory, of which a part is gone,', () => {
    const remove = () => server.open().deletePath(CONTAINER, 'dir', { recursive: true, retry: QUICK });

    it('goes on after a connection broke', async () => {
      const fault = server.adls.on('DeletePath', 2, { reset: 'before' });
      await remove();
      assert.deepEqual([fault.fired, left()], [1, ['file']]);
    });

    it('has the time of an answer for each of its requests', async () => {
      const read = 1_000;
      const client = server.open({ timeouts: { read } });
      await client.exists(CONTAINER, 'dir');
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const held = [1, 2, 3].map((nth) => {
          const answer = Promise.withResolvers<undefined>();
          server.adls.on('DeletePath', nth, { hold: answer.promise });
          return async () => {
            await server.adls.waitFor('DeletePath', nth);
            clock.tick(0.9 * read);
            answer.resolve(undefined);
          };
        });
        const removed = client.deletePath(CONTAINER, 'dir', { recursive: true, retry: false });
        for (const pass of held) await pass();
        await removed;
        assert.deepEqual([left(), requests(server.adls, 'DeletePath').length], [['file'], 3]);
      } finally {
        clock.restore();
      }
    });

    it('is done when somebody else deletes the rest', async () => {
      const fault = server.adls.on('DeletePath', 2, { call: () => server.adls.deletePath(CONTAINER, 'dir') });
      await remove();
      assert.deepEqual([fault.fired, left()], [1, ['file']]);
    });

    it('is not called undone when it is refused', async () => {
      const fault = server.adls.on('DeletePath', 2, { status: 403, code: 'AuthorizationPermissionMismatch' });
      const { code, outcome } = await connectorRejection(remove());
      assert.deepEqual([fault.fired, code, outcome], [1, 'ACCESS_DENIED', 'unknown']);
      assert.deepEqual(left(), ['dir/', 'dir/1', 'file']);
    });
  });

  describe('a download', () => {
    const reading = { partSize: PART, concurrency: 2, retry: QUICK };
    beforeEach(() => void server.adls.putFile(CONTAINER, 'large', BYTES));
    const file = (): string => path.join(server.folder, 'out');
    const download = () => server.open().downloadFile(CONTAINER, 'large', file(), reading);

    it('goes on at the exact byte where its body broke, into a file and into memory', async () => {
      const fault = server.adls.on('GetBlob', ({ nth }) => nth === 2 || nth === 9, { reset: { afterBytes: 500 } });
      await download();
      assertSameBytes(await readFile(file()), BYTES);
      assertSameBytes(await server.open().downloadBytes(CONTAINER, 'large', reading), BYTES);
      assert.equal(fault.fired, 2);
    });

    it('whose body stalls goes on by another request', async () => {
      const fault = server.adls.on('GetBlob', 2, { stall: { afterBytes: 500 } });
      const bytes = await server.open().downloadBytes(CONTAINER, 'large', { ...reading, idleTimeout: 200 });
      assertSameBytes(bytes, BYTES);
      assert.equal(fault.fired, 1);
    });

    it('that fails leaves the old file, and nothing beside it', async () => {
      await writeFile(file(), 'old');
      const fault = server.adls.on('GetBlob', ({ nth }) => nth >= 2, { reset: { afterBytes: 5 } });
      const { code, operation } = await connectorRejection(download());
      assert.ok(fault.fired >= 1);
      assert.deepEqual([code, operation], ['CONNECTION_LOST', 'download_file']);
      assert.deepEqual([await readFile(file(), 'utf8'), await readdir(server.folder)], ['old', ['out']]);
    });
  });

  describe('an upload', () => {
    const writing = { partSize: PART, concurrency: 2, retry: QUICK };

    it('of a local file whose rename is not answered is whole all the same', async () => {
      const file = path.join(server.folder, 'file');
      await writeFile(file, BYTES);
      const fault = server.adls.on('RenamePath', 1, { reset: 'after' });
      const { bytes } = await server.open().uploadFile(file, CONTAINER, 'file', writing);
      assert.deepEqual([fault.fired, bytes], [1, BYTES.length]);
      assertSameBytes(server.adls.getFile(CONTAINER, 'file') ?? Buffer.alloc(0), BYTES);
    });

    it('whose source is silent ends with the signal, and the source with it', async () => {
      const user = new AbortController();
      const source = new Readable({ read: () => undefined });
      const refused = connectorRejection(
        server.open().uploadBytes(CONTAINER, 'file', source, { ...writing, signal: user.signal }),
      );
      source.push(BYTES);
      await server.adls.waitFor('AppendFile', 1, 'ended');
      user.abort(new Error('the user left'));
      const { code, outcome } = await refused;
      assert.deepEqual([code, outcome, source.destroyed, left()], ['ABORTED', 'not-done', true, BEFORE]);
      assert.equal(listenersOn(user.signal), 0);
    });

    it('whose source is destroyed without an error fails, and writes nothing', async () => {
      const source = new Readable({ read: () => undefined });
      const refused = connectorRejection(server.open().uploadBytes(CONTAINER, 'file', source, writing));
      source.push(BYTES);
      await server.adls.waitFor('AppendFile', 1, 'ended');
      source.destroy();
      const { code, outcome } = await refused;
      assert.deepEqual([code, outcome, left()], ['PIPELINE_FAILED', 'not-done', BEFORE]);
      assert.equal(server.adls.getFile(CONTAINER, 'file')?.toString(), 'file');
    });

    it('of which an append always fails leaves the old file, and no temporary one', async () => {
      const fault = server.adls.on('AppendFile', 'always', { status: 500, code: 'InternalError' });
      const { code, outcome } = await connectorRejection(server.open().uploadBytes(CONTAINER, 'file', BYTES, writing));
      assert.ok(fault.fired >= 5);
      assert.deepEqual([code, outcome, left()], ['SERVER_ERROR', 'not-done', BEFORE]);
    });
  });
});
