import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { adlsFileSink, adlsFileSource, adlsSink } from '../../../src/connectors/adls2/index.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { assertSameBytes, connectorRejection, patterned, readAll } from '../s3/support.ts';
import { chunked } from '../s3/writing.ts';
import { BYTES, CONTAINER, PART, PATH, openSink, requests, settingsFor, stored, useAdlsServer } from './writing.ts';

const NAMES = ['ü emoji 😀.csv', '100% ?#[]&=+', "it's %41", 'a b/c+d/e=f', '.hidden', 'x'.repeat(255)];

describe('a file that adlsFileSink writes', () => {
  const server = useAdlsServer();
  const config = () => settingsFor(server.adls, server.adls.port);

  it('is read back by adlsFileSource, with its type, encoding and metadata', async () => {
    const metadata = { origin: 'test', Part_1: 'a=b, c' };
    const sink = openSink(server.adls, { contentType: 'text/csv', contentEncoding: 'gzip', metadata });
    await pipeline(chunked(), sink);
    const source = adlsFileSource({ container: CONTAINER, path: PATH, config: config() });
    assertSameBytes(await readAll(source), BYTES);
    const { contentType, contentEncoding, metadata: told, etag, size } = await source.info;
    assert.deepEqual(
      { contentType, contentEncoding, etag, size },
      { contentType: 'text/csv', contentEncoding: 'gzip', etag: sink.result?.etag, size: BYTES.length },
    );
    // Names of headers have no case.
    assert.deepEqual(told, { origin: 'test', part_1: 'a=b, c' });
  });

  for (const path of NAMES) {
    it(`has any name: ${path.slice(0, 20)}`, async () => {
      await pipeline(chunked(), openSink(server.adls, { path }));
      assertSameBytes(stored(server.adls, path), BYTES);
    });
  }

  it('is appended to in parts of known length, each at its position, as many at once as allowed', async () => {
    await pipeline(chunked(), openSink(server.adls, { concurrency: 2 }));
    const sent = requests(server.adls, 'AppendFile').map(({ position, headers, bytesIn }) => ({
      ...{ position, length: Number(headers['content-length']), bytesIn },
    }));
    const expected = [0, 1, 2, 3, 4].map((n) => {
      const length = Math.min(PART, BYTES.length - n * PART);
      return { position: n * PART, length, bytesIn: length };
    });
    assert.deepEqual(
      sent.toSorted((one, other) => Number(one.position) - Number(other.position)),
      expected,
    );
  });

  it('takes five requests more than its appends, and one for the first of a client', async () => {
    await pipeline(chunked(patterned(10)), openSink(server.adls));
    assert.deepEqual(
      server.adls.operations.map(({ operation }) => operation),
      [
        'GetPathAccessControl',
        'CreatePathFile',
        'AppendFile',
        'FlushFile',
        'GetBlobProperties',
        'GetBlobProperties',
        'RenamePath',
      ],
    );
  });
});

describe('adlsSink', () => {
  const server = useAdlsServer();
  const config = () => settingsFor(server.adls, server.adls.port);
  const { host } = { host: 'dfs.core.windows.net' };

  it('writes to a path of the account that its URL names', async () => {
    const url = `abfss://${CONTAINER}@${server.adls.accountName}.${host}/dir/100% ?#`;
    await pipeline(chunked(), adlsSink(url, { config: config(), partSize: PART }));
    assertSameBytes(stored(server.adls, 'dir/100% ?#'), BYTES);
  });

  it('sends nothing to another account than its URL names', async () => {
    const sink = adlsSink(`abfss://${CONTAINER}@another.${host}/file`, { config: config() });
    const error = await connectorRejection(pipeline(chunked(), sink));
    assert.deepEqual([error.code, error.outcome], ['CONFIG_INVALID', 'not-done']);
    assert.deepEqual(server.adls.operations, []);
  });

  for (const url of [
    's3://lake/file',
    'adls://lake',
    'adls://lake/',
    'adls://lake/dir/',
    'abfss://lake/file',
    'file',
  ]) {
    it(`refuses ${url}`, () => {
      assert.throws(() => adlsSink(url, { config: config() }), { code: 'CONFIG_INVALID' });
    });
  }
});

describe('what adlsFileSink refuses before any request', () => {
  const target = { container: CONTAINER, path: PATH, config: { accountName: 'lake' } };
  const CASES = [
    ...['', '/a', 'a/', 'a//b', '../lake2/a', 'a/../b', 'a/.', 'x'.repeat(1_025)].map((path) => ({
      ...{ title: `a path that no request could name: ${path.slice(0, 12)}`, options: { path } },
    })),
    { title: 'a container that no request could name', options: { container: 'No_Such' } },
    { title: 'metadata that no file may have: a hyphen', options: { metadata: { 'a-b': '' } } },
    { title: 'metadata that no file may have: a digit first', options: { metadata: { '1a': '' } } },
    { title: 'metadata that no file may have: two in one case', options: { metadata: { a: '', A: '' } } },
    { title: 'metadata that no file may have: our own', options: { metadata: { sluice_write_id: 'x' } } },
    { title: 'metadata that no file may have: that of a directory', options: { metadata: { Hdi_isFolder: 'true' } } },
    { title: 'metadata that no file may have: a value of more than ASCII', options: { metadata: { a: 'ü' } } },
    { title: 'two conditions', options: { overwrite: false, ifMatch: '"1"' } },
    { title: 'an unknown option', options: { ifNoneMatch: '*' } },
    { title: 'parts of no bytes', options: { partSize: 0 } },
    { title: 'parts that memory has no room for', options: { partSize: 200, maxBufferedBytes: 100 } },
    { title: 'another checksum', options: { checksum: 'crc64' } },
  ];

  for (const { title, options } of CASES) {
    it(title, () => {
      assert.throws(
        () => adlsFileSink({ ...target, ...options } as never),
        (error) => error instanceof ConnectorError && error.code === 'CONFIG_INVALID',
      );
    });
  }
});
