import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { closeAdlsClients } from '../../src/connectors/adls2/client-cache.ts';
import { adlsSource } from '../../src/connectors/adls2/source.ts';
import type { ConnectorError } from '../../src/errors.ts';
import { startEndpoint } from '../connectors/s3/endpoint.ts';
import type { Endpoint } from '../connectors/s3/endpoint.ts';
import { QUICK, connectorRejection, readAll } from '../connectors/s3/support.ts';

const KEY = Buffer.from('key').toString('base64');

/** What reading all below `d` fails with. */
function list({ url }: Endpoint): Promise<ConnectorError> {
  const config = { accountUrl: `${url}/account`, accountKey: KEY };
  const source = adlsSource('adls://lake/d/', {
    config,
    join: 'raw',
    retry: { ...QUICK, attempts: 2 },
    timeout: '10s',
  });
  return connectorRejection(readAll(source));
}

const isListing = (request: string): boolean => request.includes('resource=filesystem');

function page(response: ServerResponse, paths: unknown, continuation?: string): void {
  if (continuation !== undefined) response.setHeader('x-ms-continuation', continuation);
  response.setHeader('content-type', 'application/json;charset=utf-8');
  response.end(JSON.stringify({ paths }));
}

const file = (name: string) => ({ name, contentLength: '1', etag: '0x1' });

describe('an account that', () => {
  afterEach(closeAdlsClients);

  describe('lists without end', () => {
    const cases = [
      { title: 'the same empty page', paths: [], next: () => 'same', most: 4, code: 'SERVER_ERROR' },
      { title: 'the same page', paths: [file('d/1')], next: () => 'same', most: 4, code: 'SERVER_ERROR' },
      {
        title: 'two pages in turn',
        ...{ paths: [file('d/1')], next: (n: number) => String(n % 2), most: 3, code: 'CONFIG_INVALID' },
      },
      {
        title: 'the same directory on two pages in turn',
        ...{ paths: [{ name: 'd/e', isDirectory: 'true' }], next: (n: number) => String(n % 2) },
        ...{ most: 2, code: 'CONFIG_INVALID' },
      },
      { title: 'ever new empty pages', paths: [], next: (n: number) => String(n), most: 202, code: 'SERVER_ERROR' },
    ] as const;
    for (const { title, paths, next, most, code } of cases) {
      it(`${title}: ${code} after so many requests`, async () => {
        let pages = 0;
        await using endpoint = await startEndpoint(({ url = '' }, response) => {
          if (isListing(url)) page(response, paths, next((pages += 1)));
          else response.writeHead(200, { etag: '"0x1"', 'content-length': 1 }).end('x');
        });
        assert.equal((await list(endpoint)).code, code);
        assert.ok(pages >= 2 && pages <= most, `${pages} pages`);
      });
    }
  });

  it('loses the directory between two pages: does not end as if those were all files', async () => {
    await using endpoint = await startEndpoint(({ url = '' }, response) => {
      if (!isListing(url)) response.writeHead(200, { etag: '"0x1"', 'content-length': 1 }).end('x');
      else if (!url.includes('continuation=')) page(response, [file('d/1')], 'next');
      else response.writeHead(404, { 'x-ms-error-code': 'PathNotFound' }).end();
    });
    assert.equal((await list(endpoint)).code, 'OBJECT_CHANGED');
  });

  it('loses a directory that it told of: does not end as if that had been empty', async () => {
    await using endpoint = await startEndpoint(({ url = '' }, response) => {
      if (!isListing(url)) response.writeHead(200, { etag: '"0x1"', 'content-length': 1 }).end('x');
      else if (url.includes('directory=d&')) page(response, [file('d/1'), { name: 'd/e', isDirectory: 'true' }]);
      else response.writeHead(404, { 'x-ms-error-code': 'PathNotFound' }).end();
    });
    const { code, message } = await list(endpoint);
    assert.equal(code, 'OBJECT_CHANGED');
    assert.match(message, /adls:\/\/lake\/d\/e/);
  });

  describe('lists', () => {
    const cases: readonly (readonly [string, unknown])[] = [
      ['a file without a name', [{ contentLength: '1' }]],
      ['a file without a size', [{ name: 'd/1' }]],
      ['a file of a negative size', [{ name: 'd/1', contentLength: '-1' }]],
      ['a file whose size is a word', [{ name: 'd/1', contentLength: 'many' }]],
      ['a file of half a byte', [{ name: 'd/1', contentLength: '0.5' }]],
      ['a file of more bytes than can be counted', [{ name: 'd/1', contentLength: '1e300' }]],
      ['a file that was not asked for', [file('other/1')]],
      ['a file of a directory below', [file('d/e/1')]],
      ['the directory that is listed', [{ name: 'd', isDirectory: 'true' }]],
      ['a directory above', [{ name: 'd/..', isDirectory: 'true' }]],
      ['a document without paths', undefined],
    ];
    for (const [title, paths] of cases) {
      it(`${title}: never reads on without it`, async () => {
        await using endpoint = await startEndpoint((_request, response) => page(response, paths));
        const { code } = await list(endpoint);
        assert.equal(code, 'SERVER_ERROR');
        assert.ok(endpoint.requests.length >= 1 && endpoint.requests.every(isListing));
      });
    }

    it('files out of order: reads none twice', async () => {
      await using endpoint = await startEndpoint(({ url = '' }, response) => {
        if (isListing(url)) page(response, [file('d/2'), file('d/1')]);
        else response.writeHead(200, { etag: '"0x1"', 'content-length': 1 }).end('x');
      });
      assert.equal((await list(endpoint)).code, 'CONFIG_INVALID');
    });
  });
});
