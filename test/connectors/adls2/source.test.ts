import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Transform, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { adlsFileSource } from '../../../src/connectors/adls2/file-source.ts';
import { adlsSource } from '../../../src/connectors/adls2/source.ts';
import type { AdlsSourceOptions } from '../../../src/connectors/adls2/source.ts';
import { temporaryName } from '../../../src/connectors/adls2/temporary-name.ts';
import { leavesTemporaryPaths } from '../../support/watches/temporary-paths.ts';
import { KIB, QUICK, assertSameBytes, connectorRejection, patterned, readAll } from '../s3/support.ts';
import { CONTAINER, requests, settingsFor, useAdlsServer } from './reading.ts';

const HOST = 'devstoreaccount1.dfs.core.windows.net';

describe('adlsSource', () => {
  const server = useAdlsServer({ limits: { maxResults: 3 }, emptyPages: true });

  const open = (url: string | string[], options: AdlsSourceOptions = {}) =>
    adlsSource(url, { config: settingsFor(server.adls), retry: QUICK, ...options });
  const put = (path: string, body: string | Buffer) => server.adls.putFile(CONTAINER, path, body);
  const listed = () => requests(server.adls, 'ListPaths').map(({ query }) => query['directory'] ?? '');

  it('reads one file named by its path without listing', async () => {
    put('dir/a.txt', 'alpha');
    for (const url of ['adls://lake/dir/a.txt', `abfss://lake@${HOST}/dir/a.txt`, `abfs://lake@${HOST}/dir/a.txt`]) {
      const source = open(url);
      assert.equal(await text(source), 'alpha');
      assert.deepEqual({ bytes: source.result?.bytes, objects: source.result?.objects }, { bytes: 5, objects: 1 });
      assert.deepEqual(source.progress, { bytes: 5, totalBytes: 5 });
    }
    assert.deepEqual(listed(), []);
  });

  it('joins all that is below a directory in the order of the paths’ UTF-8 bytes, over several pages', async () => {
    const names = [
      '\u{10000}',
      '\uffff',
      'a',
      'B',
      'a b+c%',
      'ä',
      'z/1',
      'z-1',
      'z/0/9',
      'z.txt',
      'z!/x',
      'z!!/y',
      'z0/1',
    ];
    const paths = names.map((name) => `p/${name}`);
    for (const path of paths) put(path, `[${path}]`);
    put('q/other', 'not this');
    put('p-other', 'nor this');
    server.adls.makeDirectory(CONTAINER, 'p/empty');
    const source = open('adls://lake/p/', { join: 'raw' });
    const sorted = [...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.equal(await text(source), sorted.map((path) => `[${path}]`).join(''));
    assert.equal(source.result?.objects, paths.length);
    assert.ok(listed().filter((directory) => directory === 'p').length >= 4);
  });

  it('reads a whole container, with and without a slash', async () => {
    put('a/1', '1');
    put('b', '2');
    for (const url of ['adls://lake', 'adls://lake/', `abfss://lake@${HOST}`]) {
      assert.equal(await text(open(url, { join: 'raw' })), '12');
    }
  });

  it('lists only the directories in which a glob may match', async () => {
    for (const month of ['2026-10', '2026-11', 'other']) {
      for (const day of ['01', '02']) put(`raw/${month}/${day}/part.csv`, `${month}-${day} `);
    }
    put('raw/2026-11/01/deeper/part.csv', 'too deep');
    put('elsewhere/file', 'not asked for');
    assert.equal(await text(open('adls://lake/raw/2026-*/01/*.csv', { join: 'raw' })), '2026-10-01 2026-11-01 ');
    const directories = new Set(listed());
    assert.deepEqual([...directories], ['raw', 'raw/2026-10', 'raw/2026-10/01', 'raw/2026-11', 'raw/2026-11/01']);
    assert.equal(await text(open('adls://lake/**/deeper/*', { join: 'raw' })), 'too deep');
    assert.equal(await text(open('adls://lake/raw/{other,2026-11/01}/*.csv', { join: 'raw' })), '2026-11-01 ');
  });

  it('passes over directories, and over what a writer has not published', async () => {
    put('d/1.csv', '1');
    put('d/sub.csv/x', 'below a directory that looks like a file');
    put(temporaryName('d/2.csv', 'f00-1'), 'half');
    put(temporaryName('d/.3.csv', 'f00-2'), 'half');
    put('d/.hidden.csv', 'hidden');
    leavesTemporaryPaths(server.adls, 2);
    assert.equal(await text(open('adls://lake/d/*.csv')), '1');
    assert.equal(await text(open('adls://lake/d/{.,}*.csv*', { join: 'raw' })), 'hidden1');
    assert.equal(await text(open('adls://lake/d/.*', { join: 'raw' })), 'hidden');
    assert.equal(
      await text(open('adls://lake/d/', { join: 'raw' })),
      'hidden1below a directory that looks like a file',
    );
  });

  it('reads several URLs one after the other', async () => {
    put('b', 'B');
    put('a/1', '1');
    put('a/2', '2');
    assert.equal(await text(open(['adls://lake/b', `abfss://lake@${HOST}/a/`], { join: 'raw' })), 'B12');
  });

  it('asks once, plainly and pinned, for a small file from a listing', async () => {
    const { etag } = put('d/1', 'one');
    put('d/2', 'two');
    assert.equal(await text(open('adls://lake/d/', { join: 'raw' })), 'onetwo');
    const [first, ...more] = requests(server.adls, 'GetBlob');
    assert.deepEqual(
      { range: first?.range, match: first?.headers['if-match'], more: more.length },
      { range: undefined, match: `"${etag}"`, more: 1 },
    );
  });

  it('compares the MD5 that the account holds, and leaves the MD5 of a small file aside when told to', async () => {
    const headers = { 'content-md5': Buffer.alloc(16).toString('base64') };
    server.adls.putFile(CONTAINER, 'd/1', 'one', { headers });
    for (const url of ['adls://lake/d/1', 'adls://lake/d/']) {
      const error = await connectorRejection(readAll(open(url)));
      assert.equal(error.code, 'CHECKSUM_MISMATCH');
      assert.match(error.message, /adls:\/\/lake\/d\/1/);
      assert.equal(await text(open(url, { verify: false })), 'one');
    }
  });

  it('describes a file as its writer did, without the id of the write', async () => {
    const metadata = { owner: 'me', sluice_write_id: '0f8e2a7c' };
    const headers = { 'content-encoding': 'gzip' };
    const { etag, lastModified } = server.adls.putFile(CONTAINER, 'd/1', 'one', {
      contentType: 'text/csv',
      headers,
      metadata,
    });
    const source = adlsFileSource({ container: CONTAINER, path: 'd/1', config: settingsFor(server.adls) });
    assert.deepEqual(await source.info, {
      ...{ container: CONTAINER, path: 'd/1', isDirectory: false, size: 3, etag: `"${etag}"` },
      lastModified: new Date(Math.floor(lastModified.getTime() / 1000) * 1000),
      ...{ contentType: 'text/csv', contentEncoding: 'gzip', metadata: { owner: 'me' } },
    });
    assert.equal(await text(source), 'one');
  });

  it('runs `each` on every file before it is joined, with what is known of the file', async () => {
    put('d/1.gz', gzipSync('one\n'));
    put('d/2.gz', gzipSync('two\n'));
    const seen: string[] = [];
    const each: AdlsSourceOptions['each'] = ({ container, path, size, etag, isDirectory }) => {
      seen.push(`${container}/${path} ${size > 0} ${/^"0x.+"$/.test(etag)} ${isDirectory}`);
      return [createGunzip()];
    };
    const source = open('adls://lake/d/*.gz', { each });
    assert.equal(await text(source), 'one\ntwo\n');
    assert.deepEqual(seen, ['lake/d/1.gz true true false', 'lake/d/2.gz true true false']);
    seen.length = 0;
    assert.equal(await text(open('adls://lake/d/1.gz', { each })), 'one\n');
    assert.deepEqual(seen, ['lake/d/1.gz true true false']);
  });

  it('tells of every file before its first byte and after the last of those before', async () => {
    for (const n of [1, 2, 3]) put(`d/${n}`, String(n));
    const source = open('adls://lake/d/', { join: 'raw' });
    const told: string[] = [];
    source.on('object', ({ path, size }) => told.push(`${path} ${size}`));
    for await (const chunk of source) told.push(String(chunk));
    assert.deepEqual(told, ['d/1 1', '1', 'd/2 1', '2', 'd/3 1', '3']);
  });

  it('refuses several files without `each` or `join` before any byte', async () => {
    put('d/1', '1');
    put('d/2', '2');
    for (const url of ['adls://lake/d/', ['adls://lake/d/1', 'adls://lake/d/2']]) {
      const source = open(url);
      let bytes = 0;
      source.on('data', (chunk: Buffer) => (bytes += chunk.length));
      await once(source, 'error');
      assert.equal((await source.settled).error?.code, 'CONFIG_INVALID');
      assert.equal(bytes, 0);
    }
    assert.equal(requests(server.adls, 'GetBlob').length, 0);
  });

  it('tells nothing to read from an empty result', async () => {
    server.adls.makeDirectory(CONTAINER, 'empty');
    for (const url of ['adls://lake/none/*', 'adls://lake/none/', 'adls://lake/empty/']) {
      const error = await connectorRejection(readAll(open(url)));
      assert.deepEqual({ code: error.code, name: error.name }, { code: 'NO_MATCH', name: 'NotFoundError' });
      assert.equal(await text(open(url, { onEmpty: 'end' })), '');
    }
    assert.equal((await connectorRejection(readAll(open('adls://lake/none')))).code, 'NOT_FOUND');
    for (const onEmpty of ['end', 'error'] as const) {
      const source = open('adls://no-such-container/p/', { onEmpty });
      assert.equal((await connectorRejection(readAll(source))).code, 'NOT_FOUND');
    }
  });

  it('names the file whose transform failed, keeps its error as the cause, and destroys the rest', async () => {
    for (let n = 0; n < 6; n += 1) put(`d/${n}`, patterned(64 * KIB));
    const boom = new Error('bad file');
    const made: Transform[] = [];
    const each: AdlsSourceOptions['each'] = ({ path }) => {
      const transform = new Transform({
        transform: (chunk: Buffer, _encoding, callback) => (path === 'd/2' ? callback(boom) : callback(null, chunk)),
      });
      made.push(transform);
      return transform;
    };
    const source = open('adls://lake/d/', { each, partSize: 8 * KIB });
    const error = await connectorRejection(readAll(source));
    assert.equal(error.code, 'PIPELINE_FAILED');
    assert.equal(error.cause, boom);
    assert.match(error.message, /adls:\/\/lake\/d\/2/);
    assert.equal((await source.settled).cleanup, 'confirmed');
    assert.ok(made.every(({ destroyed }) => destroyed));
  });

  it('names the file that broke, of many', async () => {
    for (let n = 0; n < 5; n += 1) put(`d/${n}`, 'x');
    const fault = server.adls.on('GetBlob', ({ path }) => path === 'd/3', { status: 500, code: 'InternalError' });
    const error = await connectorRejection(readAll(open('adls://lake/d/', { join: 'raw', retry: false })));
    assert.equal(fault.fired, 1);
    assert.match(error.message, /500 InternalError \(adls:\/\/lake\/d\/3\)/);
  });

  it('refuses a file that was replaced since it was listed', async () => {
    for (let n = 0; n < 3; n += 1) put(`d/${n}`, 'older');
    const fault = server.adls.on('GetBlob', ({ path }) => path === 'd/2', { call: () => void put('d/2', 'newer') });
    const error = await connectorRejection(readAll(open('adls://lake/d/', { join: 'raw', concurrency: 1 })));
    assert.ok(fault.fired >= 1);
    assert.equal(error.code, 'OBJECT_CHANGED');
    assert.match(error.message, /adls:\/\/lake\/d\/2/);
  });

  it('fetches ahead over files, and holds no more than maxBufferedBytes of all of them together', async () => {
    for (let n = 10; n < 40; n += 1) put(`d/${n}`, patterned(10 * KIB));
    const maxBufferedBytes = 64 * KIB;
    const source = open('adls://lake/d/', { join: 'raw', partSize: 8 * KIB, maxBufferedBytes });
    let consumed = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, callback) => {
        const delivered = requests(server.adls, 'GetBlob').reduce((sum, { bytesOut }) => sum + bytesOut, 0);
        most = Math.max(most, delivered - consumed);
        consumed += chunk.length;
        setImmediate(callback);
      },
    });
    await pipeline(source, slow);
    assert.equal(consumed, 30 * 10 * KIB);
    assert.ok(most <= maxBufferedBytes, `held ${most} bytes`);
    assert.ok(most > 20 * KIB, `held ${most} bytes: nothing was fetched ahead`);
  });

  it('cuts the files opened ahead when a loop is left early', async () => {
    for (let n = 0; n < 8; n += 1) put(`d/${n}`, patterned(64 * KIB));
    const made: PassThrough[] = [];
    const each = () => {
      const pass = new PassThrough();
      made.push(pass);
      return pass;
    };
    const source = open('adls://lake/d/', { each, partSize: 8 * KIB });
    const fault = server.adls.on('GetBlob', ({ path }) => path === 'd/1', { stall: { afterBytes: 100 } });
    for await (const chunk of source) {
      assert.ok((chunk as Buffer).length > 0);
      await fault.firstFired;
      break;
    }
    assert.ok(made.length >= 1 && made.every(({ closed }) => closed));
    for (const { nth } of requests(server.adls, 'GetBlob')) await server.adls.waitFor('GetBlob', nth, 'ended');
    assert.equal((await source.settled).cleanup, 'confirmed');
  });

  it('reads names of every kind back, from listings and by their path', async () => {
    const names = [
      'a b',
      'a+b',
      '100%',
      '%41',
      'a?b',
      'a#b',
      'a&b=c',
      "it's",
      'ü',
      'é',
      '😀',
      'a~b',
      'a:b',
      '(x)',
      'x,y',
    ];
    for (const name of names) put(`odd/${name}/${name}`, `<${name}>`);
    const found: string[] = [];
    const each: AdlsSourceOptions['each'] = ({ path }) => {
      found.push(path);
      return [];
    };
    await readAll(open('adls://lake/odd/', { each }));
    assert.deepEqual(found.sort(), names.map((name) => `odd/${name}/${name}`).sort());
    for (const path of found) {
      const plain = path.replace(/[\\*?[\]{},]/g, '\\$&');
      const [, name = ''] = /^odd\/(.*)\//.exec(path) ?? [];
      assertSameBytes(await readAll(open(`adls://lake/${plain}`)), Buffer.from(`<${name}>`));
    }
  });

  describe('of a URL that names the account', () => {
    const KEY = Buffer.from('key').toString('base64');
    const cases = [
      { url: 'abfss://lake@other.dfs.core.windows.net/a', accountUrl: undefined },
      { url: `abfss://lake@${HOST}/a`, accountUrl: 'https://another.dfs.core.windows.net' },
      { url: `abfss://lake@${HOST}/a`, accountUrl: 'https://devstoreaccount1.dfs.core.chinacloudapi.cn' },
      { url: `abfss://lake@${HOST}/a`, accountUrl: 'https://lake.example.org' },
    ];
    for (const { url, accountUrl } of cases) {
      it(`asks nobody for ${url} as ${accountUrl ?? 'the profile of the server'}`, async () => {
        const config = accountUrl === undefined ? settingsFor(server.adls) : { accountUrl, accountKey: KEY };
        const own = accountUrl === 'https://lake.example.org' ? { accountName: 'someone' } : {};
        const source = open(url, { config: { ...config, ...own }, retry: false, timeout: '5s' });
        const { code, message } = await connectorRejection(readAll(source));
        assert.equal(code, 'CONFIG_INVALID');
        assert.match(message, /the URL names the account/);
        assert.equal(server.adls.operations.length, 0);
      });
    }
  });

  it('refuses malformed URLs and options at once', () => {
    const urls = [
      '',
      'http://lake/path',
      's3://lake/path',
      'adls://',
      'adls:///path',
      'adls://Lake/path',
      'adls://a/path',
      'adls://la--ke/path',
      `adls://lake@${HOST}/path`,
      'abfss://lake/path',
      'abfss://lake@account/path',
      `abfss://lake:secret@${HOST}/path`,
      `abfss://lake@${HOST}@${HOST}/path`,
      `abfss://lake@${HOST}:443/path`,
      'adls://lake//path',
      'adls://lake/path?sv=2024&sig=canary',
      `abfss://lake@${HOST}/dir/?sig=canary`,
      'adls://lake/a//b',
      'adls://lake/a/../b',
      'adls://lake/./b',
      'adls://lake/../other/',
      'adls://lake/a//*.csv',
      'adls://lake/../other/*.csv',
      'adls://lake/a\0b',
      'adls://lake/\ud800',
      `adls://lake/${'a'.repeat(1_025)}`,
    ];
    for (const url of urls) {
      assert.throws(
        () => open(url),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID', url);
          assert.ok(!error.message.includes('secret'));
          return true;
        },
        url,
      );
    }
    assert.throws(() => open([]), { code: 'CONFIG_INVALID', message: /no URL/ });
    assert.throws(() => open('adls://lake/a', { partSize: 'many' }), {
      code: 'CONFIG_INVALID',
      message: /partSize/,
    });
    assert.throws(() => open('adls://lake/a', { parallel: 3 } as object), {
      code: 'CONFIG_INVALID',
      message: /parallel/,
    });
  });
});
