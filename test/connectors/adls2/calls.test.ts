import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { DataLakeFileSystemClient } from '@azure/storage-file-datalake';
import type { PathInfo } from '../../../src/connectors/adls2/index.ts';
import { assertSameBytes, connectorRejection, patterned, readAll } from '../s3/support.ts';
import { pathsIn, useCalling } from './calling.ts';
import { CONTAINER, PART, requests } from './writing.ts';

const BYTES = patterned(1_000);
const MAX_RESULTS = 3;

describe('the calls of a client of ADLS Gen2', () => {
  const server = useCalling({ limits: { maxResults: MAX_RESULTS, maxDeletions: 2 } });
  const put = (...paths: string[]): void => {
    for (const name of paths) server.adls.putFile(CONTAINER, name, name);
  };
  const stored = (name: string): string | undefined => server.adls.getFile(CONTAINER, name)?.toString();

  describe('that write', () => {
    for (const [what, body] of [
      ['text', () => 'some text'],
      ['bytes', () => Buffer.from('some text')],
      ['what gives it bit by bit', () => ['some', ' ', 'text']],
      ['a stream', () => Readable.from(['some text'])],
    ] as const) {
      it(`upload ${what}, and give the ETag`, async () => {
        const client = server.open();
        const etag = await client.uploadBytes(CONTAINER, 'dir/file', body(), { contentType: 'text/plain' });
        await using source = client.downloadStream(CONTAINER, 'dir/file');
        const info = await source.info;
        assert.deepEqual([stored('dir/file'), etag, info.contentType], ['some text', info.etag, 'text/plain']);
      });
    }

    it('upload a local file in parts, of which each goes on its own while another waits', async () => {
      const bytes = patterned(4 * PART + 1);
      const file = path.join(server.folder, 'file');
      await writeFile(file, bytes);
      // The first part is answered last: a reader in order, that sends one at a time, would wait for ever.
      const rest = Promise.withResolvers<undefined>();
      server.adls.on('AppendFile', 1, { hold: rest.promise });
      const uploading = server.open().uploadFile(file, CONTAINER, 'dir/file', { partSize: PART });
      await server.adls.waitFor('AppendFile', 4, 'ended');
      rest.resolve(undefined);
      const { parts, bytes: sent } = await uploading;
      assert.deepEqual([parts, sent], [5, bytes.length]);
      assertSameBytes(server.adls.getFile(CONTAINER, 'dir/file') ?? Buffer.alloc(0), bytes);
    });

    it('write nothing of a local file that grows under way, and refuse what is none', async () => {
      const file = path.join(server.folder, 'file');
      await writeFile(file, BYTES);
      const fault = server.adls.on('CreatePathFile', 1, { call: () => writeFile(file, 'x', { flag: 'a' }) });
      const upload = (name: string) => connectorRejection(server.open().uploadFile(name, CONTAINER, 'file'));
      const { code, outcome } = await upload(file);
      assert.deepEqual([fault.fired, code, outcome], [1, 'OBJECT_CHANGED', 'not-done']);
      const none = [await upload(server.folder), await upload(path.join(server.folder, 'nothing'))];
      assert.deepEqual(
        none.map((error) => error.code),
        ['CONFIG_INVALID', 'NOT_FOUND'],
      );
      assert.deepEqual(pathsIn(server.adls, CONTAINER), []);
    });
  });

  describe('that read', () => {
    beforeEach(() => void server.adls.putFile(CONTAINER, 'file', BYTES));

    for (const [range, first, last] of [
      [{}, 0, 999],
      [{ start: 10 }, 10, 999],
      [{ end: 99 }, 0, 99],
      [{ start: 10, end: 10 }, 10, 10],
      [{ start: 990, end: 5_000 }, 990, 999],
    ] as const) {
      it(`download the bytes of ${JSON.stringify(range)}, both ends among them`, async () => {
        const expected = BYTES.subarray(first, last + 1);
        assertSameBytes(await server.open().downloadBytes(CONTAINER, 'file', { ...range, partSize: 300 }), expected);
        assertSameBytes(await readAll(server.open().downloadStream(CONTAINER, 'file', range)), expected);
      });
    }

    it('refuse an end before the start, and a start past the end of the file', async () => {
      const client = server.open();
      const ask = (range: object) => connectorRejection(client.downloadBytes(CONTAINER, 'file', range));
      const refused = [await ask({ start: 2, end: 1 }), await ask({ start: 1_000 }), await ask({ start: -1 })];
      assert.deepEqual(
        refused.map(({ code }) => code),
        ['CONFIG_INVALID', 'RANGE_NOT_SATISFIABLE', 'CONFIG_INVALID'],
      );
    });

    it('hold no more bytes in memory than they may', async () => {
      const client = server.open();
      const { code, message } = await connectorRejection(client.downloadBytes(CONTAINER, 'file', { maxBytes: 999 }));
      assert.equal(code, 'TOO_LARGE');
      assert.match(message, /1000 bytes .* \(adls:\/\/lake\/file\)/);
      assert.equal((await client.downloadBytes(CONTAINER, 'file', { maxBytes: 999, start: 1 })).length, 999);
    });

    it('give back what is left early by its disposal', async () => {
      const source = server.open().downloadStream(CONTAINER, 'file');
      {
        await using body = source;
        await body.info;
      }
      assert.equal((await source.settled).cleanup, 'confirmed');
    });

    it('download into a local file that is there as a whole, in the place of an old one, or not at all', async () => {
      const client = server.open();
      const file = path.join(server.folder, 'file');
      await writeFile(file, 'old');
      const missing = await connectorRejection(client.downloadFile(CONTAINER, 'nothing', file));
      assert.deepEqual([missing.code, await readFile(file, 'utf8')], ['NOT_FOUND', 'old']);
      assert.equal((await client.downloadFile(CONTAINER, 'file', file, { partSize: 300 })).size, BYTES.length);
      assertSameBytes(await readFile(file), BYTES);
      assert.deepEqual(await readdir(server.folder), ['file']);
    });
  });

  describe('that list', () => {
    const TREE = ['a', 'dir-2', 'dir/1', 'dir/2', 'dir/deep/1', 'dir/deep/2', 'z'];
    const listed = async (options = {}): Promise<string[]> => {
      const names: string[] = [];
      for await (const { path: name, isDirectory } of server.open().listPaths(CONTAINER, options)) {
        names.push(isDirectory ? `${name}/` : name);
      }
      return names;
    };
    beforeEach(() => put(...TREE));

    it('tell every path of every page once', async () => {
      assert.deepEqual(await listed(), pathsIn(server.adls, CONTAINER));
      assert.equal(requests(server.adls, 'ListPaths').length, Math.ceil(9 / MAX_RESULTS));
    });

    for (const [options, expected] of [
      [{ prefix: 'dir/' }, ['dir/1', 'dir/2', 'dir/deep/', 'dir/deep/1', 'dir/deep/2']],
      [{ prefix: 'dir/', recursive: false }, ['dir/1', 'dir/2', 'dir/deep/']],
      [{ prefix: 'di' }, ['dir/', 'dir/1', 'dir/2', 'dir/deep/', 'dir/deep/1', 'dir/deep/2', 'dir-2']],
      [{ prefix: 'dir', recursive: false }, ['dir/', 'dir-2']],
      [{ prefix: 'dir/d' }, ['dir/deep/', 'dir/deep/1', 'dir/deep/2']],
      [{ recursive: false }, ['a', 'dir/', 'dir-2', 'z']],
      [{ prefix: 'nowhere/' }, []],
    ] as const) {
      it(`tell what ${JSON.stringify(options)} means, to the letter`, async () => {
        assert.deepEqual((await listed(options)).sort(), [...expected].sort());
      });
    }

    it('tell sizes, times and ETags', async () => {
      const entries = Readable.from(server.open().listPaths(CONTAINER, { prefix: 'dir', recursive: false }));
      const [directory, file] = (await entries.toArray()) as PathInfo[];
      const kept = new Map(server.adls.paths(CONTAINER).map((summary) => [summary.path, summary]));
      const expected = (name: string, isDirectory: boolean, size: number): object => {
        const { etag = '', lastModified = new Date(0) } = kept.get(name) ?? {};
        const seconds = Math.floor(lastModified.getTime() / 1_000);
        const told = { container: CONTAINER, path: name, isDirectory, size };
        return { ...told, etag: `"${etag}"`, lastModified: new Date(seconds * 1_000) };
      };
      assert.deepEqual(directory, expected('dir', true, 0));
      assert.deepEqual(file, expected('dir-2', false, 5));
    });

    it('ask for the next page while one is used, and end that request when the loop is left', async () => {
      const fault = server.adls.on('ListPaths', 2, { stall: 'before' });
      for await (const { path: name } of server.open().listPaths(CONTAINER)) {
        assert.equal(name, 'a');
        await fault.firstFired;
        break;
      }
      assert.equal((await server.adls.waitFor('ListPaths', 2, 'ended')).aborted, true);
    });
  });

  describe('that ask and make', () => {
    it('say of files and directories that they are there, and of nothing else', async () => {
      put('dir/file');
      const client = server.open();
      const asked = ['dir/file', 'dir', 'dir/fil', 'nothing'].map((name) => client.exists(CONTAINER, name));
      assert.deepEqual(await Promise.all(asked), [true, true, false, false]);
      assert.equal(await client.exists('nowhere', 'dir'), false);
    });

    it('make directories and those above them, which may be there unless that is ruled out', async () => {
      const client = server.open();
      await client.makeDirs(CONTAINER, 'a/b/c', { existOk: false });
      await client.makeDirs(CONTAINER, 'a/b/c');
      put('a/file');
      const again = await connectorRejection(client.makeDirs(CONTAINER, 'a/b', { existOk: false }));
      const file = await connectorRejection(client.makeDirs(CONTAINER, 'a/file'));
      assert.deepEqual([again.code, again.outcome, file.code], ['ALREADY_EXISTS', 'not-done', 'ALREADY_EXISTS']);
      assert.deepEqual(pathsIn(server.adls, CONTAINER), ['a/', 'a/b/', 'a/b/c/', 'a/file']);
    });

    it('leave the metadata of a directory that is there', async () => {
      const client = server.open();
      await client.makeDirs(CONTAINER, 'a', { existOk: false });
      const before = server.adls.paths(CONTAINER);
      await client.makeDirs(CONTAINER, 'a');
      assert.deepEqual(server.adls.paths(CONTAINER), before);
    });

    it('make containers, which may be there unless that is ruled out', async () => {
      const client = server.open();
      await client.createContainer('new-one', { existOk: false });
      await client.createContainer('new-one');
      const { code, outcome } = await connectorRejection(client.createContainer('new-one', { existOk: false }));
      assert.deepEqual([code, outcome], ['ALREADY_EXISTS', 'not-done']);
      assert.deepEqual(server.adls.containers(), [CONTAINER, 'new-one']);
    });
  });

  describe('that delete', () => {
    it('delete a file and an empty directory, and refuse one that is not empty, of which nothing goes', async () => {
      put('dir/1', 'file');
      server.adls.makeDirectory(CONTAINER, 'empty');
      const client = server.open();
      await client.deletePath(CONTAINER, 'file');
      await client.deletePath(CONTAINER, 'empty');
      const { code, outcome, message } = await connectorRejection(client.deletePath(CONTAINER, 'dir'));
      assert.deepEqual([code, outcome], ['REQUEST_REFUSED', 'not-done']);
      assert.match(message, /DirectoryNotEmpty: `recursive: true` deletes it/);
      assert.deepEqual(pathsIn(server.adls, CONTAINER), ['dir/', 'dir/1']);
    });

    it('delete a directory with all that is in it, in as many requests as that takes', async () => {
      put('dir/1', 'dir/2', 'dir/3', 'dir/deep/1', 'dir-2');
      await server.open().deletePath(CONTAINER, 'dir', { recursive: true });
      assert.deepEqual(pathsIn(server.adls, CONTAINER), ['dir-2']);
      assert.equal(requests(server.adls, 'DeletePath').length, 3);
    });

    it('say of what is not there that it is not', async () => {
      const { code } = await connectorRejection(server.open().deletePath(CONTAINER, 'nothing'));
      assert.equal(code, 'NOT_FOUND');
    });
  });

  describe('that rename', () => {
    it('give a file, and a directory with all in it, another name', async () => {
      put('file', 'dir/1', 'dir/a b%?');
      const client = server.open();
      await client.rename(CONTAINER, 'file', 'dir/2');
      await client.rename(CONTAINER, 'dir', 'dir ü%20?');
      assert.deepEqual(pathsIn(server.adls, CONTAINER), [
        'dir ü%20?/',
        ...['1', '2', 'a b%?'].map((name) => `dir ü%20?/${name}`),
      ]);
    });

    it('replace a file only when that is asked for, and a directory or a leased file not even then', async () => {
      put('file', 'other', 'leased', 'dir/1');
      const client = server.open();
      const files = (await client.fileSystemClient(CONTAINER)) as unknown as Pick<
        DataLakeFileSystemClient,
        'getFileClient'
      >;
      await files.getFileClient('leased').getDataLakeLeaseClient().acquireLease(-1);
      const refused = await connectorRejection(client.rename(CONTAINER, 'file', 'other'));
      const onDirectory = await connectorRejection(client.rename(CONTAINER, 'file', 'dir', { overwrite: true }));
      const onLeased = await connectorRejection(client.rename(CONTAINER, 'file', 'leased', { overwrite: true }));
      const leased = await connectorRejection(client.rename(CONTAINER, 'leased', 'new'));
      assert.deepEqual(
        [refused, onDirectory, onLeased, leased].map(({ code }) => code),
        ['ALREADY_EXISTS', 'REQUEST_REFUSED', 'REQUEST_REFUSED', 'REQUEST_REFUSED'],
      );
      await client.rename(CONTAINER, 'file', 'other', { overwrite: true });
      assert.deepEqual([stored('other'), stored('file')], ['file', undefined]);
    });

    it('rename one version alone, and nothing that is not there or has nowhere to go', async () => {
      put('file');
      const client = server.open();
      const etag = server.adls.paths(CONTAINER)[0]?.etag;
      const changed = await connectorRejection(client.rename(CONTAINER, 'file', 'new', { ifMatch: '"other"' }));
      const missing = await connectorRejection(client.rename(CONTAINER, 'nothing', 'new'));
      const nowhere = await connectorRejection(client.rename(CONTAINER, 'file', 'no/such/directory'));
      assert.deepEqual([changed.code, missing.code, nowhere.code], ['OBJECT_CHANGED', 'NOT_FOUND', 'NOT_FOUND']);
      for (const { message } of [changed, missing, nowhere]) assert.match(message, /\(adls:\/\/lake\/\w+ -> [\w/]+\)$/);
      await client.rename(CONTAINER, 'file', 'new', { ifMatch: etag });
      assert.deepEqual(pathsIn(server.adls, CONTAINER), ['new']);
    });
  });

  it('name no path that would lie elsewhere, nor a container that cannot be, in any request', async () => {
    const client = server.open();
    const wrong = ['../other/x', 'a/../b', 'a//b', '/a', 'a/', '.', ''];
    const asked = wrong.flatMap((name) => [
      client.uploadBytes(CONTAINER, name, 'x'),
      client.uploadFile(import.meta.filename, CONTAINER, name),
      client.downloadBytes(CONTAINER, name),
      client.downloadFile(CONTAINER, name, path.join(server.folder, 'file')),
      client.exists(CONTAINER, name),
      client.deletePath(CONTAINER, name, { recursive: true }),
      client.rename(CONTAINER, name, 'b'),
      client.rename(CONTAINER, 'b', name),
      client.makeDirs(CONTAINER, name),
    ]);
    asked.push(client.createContainer('No'), client.exists('No', 'a'), client.rename(CONTAINER, 'a', 'a'));
    for (const { code } of await Promise.all(asked.map(connectorRejection))) assert.equal(code, 'CONFIG_INVALID');
    for (const prefix of ['../', 'a/../', '//', '/']) {
      assert.throws(() => client.listPaths(CONTAINER, { prefix }), { code: 'CONFIG_INVALID' });
    }
    assert.throws(() => client.downloadStream(CONTAINER, 'a/../b'), { code: 'CONFIG_INVALID' });
    assert.deepEqual(server.adls.operations, []);
  });

  it('name themselves when their options are refused', async () => {
    const client = server.open();
    const wrong = { partSize: 'many' } as never;
    const flag = { existOk: 'yes', recursive: 1, overwrite: 2, olderThan: 'x' } as never;
    const asked: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['uploadBytes', () => client.uploadBytes(CONTAINER, 'a', 'x', wrong)],
      ['uploadFile', () => client.uploadFile(import.meta.filename, CONTAINER, 'a', wrong)],
      ['downloadBytes', () => client.downloadBytes(CONTAINER, 'a', wrong)],
      ['downloadStream', async () => readAll(client.downloadStream(CONTAINER, 'a', wrong))],
      ['downloadFile', () => client.downloadFile(CONTAINER, 'a', 'file', wrong)],
      ['exists', () => client.exists(CONTAINER, 'a', wrong)],
      ['deletePath', () => client.deletePath(CONTAINER, 'a', flag)],
      ['rename', () => client.rename(CONTAINER, 'a', 'b', flag)],
      ['makeDirs', () => client.makeDirs(CONTAINER, 'a', flag)],
      ['createContainer', () => client.createContainer('new', flag)],
      ['sweepTemporary', () => client.sweepTemporary(CONTAINER, flag)],
      ['listPaths', async () => client.listPaths(CONTAINER, flag).next()],
    ];
    for (const [name, ask] of asked) {
      const { code, message } = await connectorRejection(ask());
      assert.deepEqual([code, message.startsWith(`${name}: `)], ['CONFIG_INVALID', true], message);
    }
    assert.deepEqual(server.adls.operations, []);
  });

  it('are refused once the client is closed, which `await using` does', async () => {
    const client = server.open();
    {
      await using open = client;
      await open.uploadBytes(CONTAINER, 'a', 'x');
    }
    assert.equal((await connectorRejection(client.exists(CONTAINER, 'a'))).code, 'CLIENT_CLOSED');
    assert.throws(() => client.listPaths(CONTAINER), { code: 'CLIENT_CLOSED' });
  });
});

describe('the calls of a client of an account without hierarchical namespace', () => {
  const server = useCalling({ hierarchicalNamespace: false });

  it('are refused where they need a rename, and good where they do not', async () => {
    const client = server.open();
    server.adls.putFile(CONTAINER, 'a/b', 'bytes');
    const renamed = await connectorRejection(client.rename(CONTAINER, 'a/b', 'a/c'));
    const uploaded = await connectorRejection(client.uploadBytes(CONTAINER, 'a/c', 'x'));
    assert.deepEqual([renamed.code, uploaded.code], ['CONFIG_INVALID', 'CONFIG_INVALID']);
    assert.match(renamed.message, /hierarchical namespace/);
    assert.equal((await client.downloadBytes(CONTAINER, 'a/b')).toString(), 'bytes');
    assert.equal(await client.exists(CONTAINER, 'a/b'), true);
    await client.deletePath(CONTAINER, 'a/b');
    assert.deepEqual(server.adls.paths(CONTAINER), []);
  });
});
