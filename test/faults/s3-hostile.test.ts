import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink } from '../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../src/connectors/s3/object-source.ts';
import type { S3ObjectSourceOptions } from '../../src/connectors/s3/object-source.ts';
import { s3Source } from '../../src/connectors/s3/source.ts';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import type { ConnectorError } from '../../src/errors.ts';
import { document, drip, endlessly, startEndpoint } from '../connectors/s3/endpoint.ts';
import type { Endpoint } from '../connectors/s3/endpoint.ts';
import { QUICK, TINY_LIMITS, connectorRejection, readAll } from '../connectors/s3/support.ts';
import { eventually } from '../support/leaks.ts';
import { timed } from '../support/faults.ts';

const MIB = 1024 * 1024;
const retry = { ...QUICK, attempts: 2 };

const read = ({ settings }: Endpoint, options: Partial<S3ObjectSourceOptions> = {}): Promise<ConnectorError> =>
  connectorRejection(
    readAll(s3ObjectSource({ bucket: 'bucket', key: 'key', config: settings, retry, partSize: 100, ...options })),
  );

const list = ({ settings }: Endpoint, config = {}): Promise<ConnectorError> =>
  connectorRejection(readAll(s3Source('s3://bucket/d/', { config: { ...settings, ...config }, retry, join: 'raw' })));

const write = async ({ settings }: Endpoint, bytes: number): Promise<ConnectorError> => {
  const limits = { ...TINY_LIMITS, maxParts: 100 };
  const target = { bucket: 'bucket', key: 'key', config: settings, retry, partSize: 100, limits };
  const sink = s3ObjectSink({ ...target, commitTimeout: 1_000, cleanupTimeout: 500 });
  const error = await connectorRejection(pipeline(Readable.from([Buffer.alloc(bytes)]), sink));
  await sink.settled;
  return error;
};

describe('an endpoint that is no S3, or not one to be trusted', () => {
  afterEach(closeS3Clients);
  /** No connection over which an answer was given up may be kept. */
  const allClosed = (endpoint: Endpoint): Promise<void> =>
    eventually(() => assert.equal(endpoint.open, 0, 'a connection was left open'));

  describe('redirects', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      it(`with ${status}: no other host is sent a signed request, and the error says what to set`, async () => {
        await using other = await startEndpoint((_request, response) => response.end());
        const body = document('Error', '<Code>PermanentRedirect</Code><Message>elsewhere</Message>');
        await using endpoint = await startEndpoint((_request, response) => {
          response.writeHead(status, { location: `${other.url}/bucket/key`, 'x-amz-bucket-region': 'eu-west-1' });
          response.end(body);
        });
        for (const refused of [await read(endpoint), await write(endpoint, 10), await list(endpoint)]) {
          assert.deepEqual({ code: refused.code, status: refused.status }, { code: 'CONFIG_INVALID', status });
          assert.match(refused.message, /in the region eu-west-1, so set `region` to it/);
        }
        assert.equal(endpoint.requests.length, 3);
        assert.equal(other.connections, 0);
      });
    }

    it('without a word of where to: names what can be set', async () => {
      await using endpoint = await startEndpoint((_request, response) => response.writeHead(307).end());
      const { code, message } = await read(endpoint);
      assert.equal(code, 'CONFIG_INVALID');
      assert.match(message, /set its `region` or `endpointUrl`/);
    });

    it('with a region that is none: what it says is not repeated', async () => {
      await using endpoint = await startEndpoint((_request, response) => {
        response.writeHead(301, { 'x-amz-bucket-region': 'canary {curl evil.example}' }).end();
      });
      assert.doesNotMatch((await read(endpoint)).message, /canary/);
    });
  });

  it('sends headers without end: gives up', async () => {
    await using endpoint = await startEndpoint((_request, response) => {
      response.writeHead(200, { 'x-large': 'a'.repeat(MIB) }).end();
    });
    assert.equal((await read(endpoint)).code, 'CONNECTION_LOST');
    assert.equal(endpoint.requests.length, 2);
    await allClosed(endpoint);
  });

  describe('sends documents without end', () => {
    const cases = [
      { title: 'as a listing', status: 200, most: 5 * MIB, code: 'SERVER_ERROR', work: list },
      { title: 'as the error of a listing', status: 500, most: 2 * 2 * MIB, code: 'SERVER_ERROR', work: list },
      { title: 'as the error of a read', status: 403, most: 2 * MIB, code: 'ACCESS_DENIED', work: read },
      {
        title: 'as the answer to the beginning of an upload',
        status: 200,
        most: 3 * 5 * MIB,
        code: 'SERVER_ERROR',
        work: (endpoint: Endpoint) => write(endpoint, 1_000),
      },
    ] as const;
    for (const { title, status, most, code, work } of cases) {
      it(`${title}: takes no more of it than any could have`, async () => {
        let written = 0;
        await using endpoint = await startEndpoint((_request, response) => {
          response.writeHead(status);
          response.write('<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code>');
          endlessly(response, `<a>${'b'.repeat(10_000)}</a>`, (bytes) => (written += bytes));
        });
        const took = await timed(async () => assert.equal((await work(endpoint)).code, code));
        assert.ok(written > MIB, `${written} bytes`);
        // What the kernel's buffers hold comes on top.
        assert.ok(written < most + 8 * MIB, `${written} bytes`);
        assert.ok(took < 5_000, `took ${took} ms`);
        await allClosed(endpoint);
      });
    }
  });

  describe('sends a document type', () => {
    const laughs = ['b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
      (name, n) => `<!ENTITY ${name} "${`&${'abcdefg'[n]};`.repeat(10)}">`,
    );
    const prolog = `<?xml version="1.0"?>\n<!DOCTYPE l [<!ENTITY a "${'x'.repeat(1_000)}">${laughs.join('')}]>`;
    const listing = `<ListBucketResult><Contents><Key>d/&h;</Key><Size>1</Size></Contents><IsTruncated>false</IsTruncated></ListBucketResult>`;

    it('whose entities would fill the memory: refuses the listing', async () => {
      await using endpoint = await startEndpoint((_request, response) => response.end(prolog + listing));
      const took = await timed(async () => {
        const { code, message, retryable } = await list(endpoint);
        assert.deepEqual({ code, retryable }, { code: 'SERVER_ERROR', retryable: false });
        assert.match(message, /a document type/);
      });
      assert.ok(took < 2_000, `took ${took} ms`);
      assert.equal(endpoint.requests.length, 1);
    });

    it('in an error: takes the status for what it is, and nothing else', async () => {
      const body = `${prolog}<Error><Code>&h;</Code><Message>&h;</Message></Error>`;
      await using endpoint = await startEndpoint((_request, response) => response.writeHead(403).end(body));
      const { code, message, cause } = await read(endpoint);
      assert.equal(code, 'ACCESS_DENIED');
      assert.ok(message.length < 200 && String(cause).length < 200);
    });

    it('twenty thousand times: does not stand still over it', async () => {
      const body = `<?xml version="1.0"?>\n${'<!DOCTYPE a>'.repeat(20_000)}${listing}`;
      await using endpoint = await startEndpoint((_request, response) => response.end(body));
      const took = await timed(async () => assert.equal((await list(endpoint)).code, 'SERVER_ERROR'));
      assert.ok(took < 1_500, `took ${took} ms`);
    });
  });

  describe('says what no S3 says', () => {
    const html = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body><p>Please log in</body></html>';
    const plain = '<html><body><p>Please log in</body></html>';
    const cases = [
      { title: 'a login page for a listing', status: 200, body: html, work: list, code: 'SERVER_ERROR' },
      { title: 'an older login page for a listing', status: 200, body: plain, work: list, code: 'SERVER_ERROR' },
      { title: 'another document for a listing', status: 200, body: '<a><b/></a>', work: list, code: 'SERVER_ERROR' },
      { title: 'nothing for a listing', status: 200, body: '', work: list, code: 'SERVER_ERROR' },
      { title: 'half a listing', status: 200, body: '<ListBucketResult><Con', work: list, code: 'SERVER_ERROR' },
      {
        title: 'elements in elements in elements',
        status: 200,
        body: '<a>'.repeat(300_000),
        work: list,
        code: 'SERVER_ERROR',
      },
      { title: 'a gateway’s page', status: 502, body: html, work: read, code: 'SERVER_ERROR' },
      { title: 'a page of refusal', status: 403, body: plain, work: read, code: 'ACCESS_DENIED' },
      { title: 'a word of refusal', status: 403, body: 'forbidden', work: read, code: 'ACCESS_DENIED' },
    ] as const;
    for (const { title, status, body, work, code } of cases) {
      it(`${title}: ${code}, and never an end without bytes`, async () => {
        await using endpoint = await startEndpoint((_request, response) => {
          response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
        });
        assert.equal((await work(endpoint)).code, code);
        assert.ok(endpoint.requests.length >= 1);
      });
    }

    it('a login page for a commit: does not take it for one', async () => {
      await using endpoint = await startEndpoint((_request, response) => response.end(html));
      const { code, outcome } = await write(endpoint, 10);
      assert.deepEqual({ code, outcome }, { code: 'COMMIT_UNKNOWN', outcome: 'unknown' });
    });
  });

  describe('is slow on purpose', () => {
    it('with its headers: gives up after the response timeout, and closes the connection', async () => {
      await using endpoint = await startEndpoint((_request, _response, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
        drip(socket, 'a');
      });
      const took = await timed(async () => {
        assert.equal((await read(endpoint, { responseTimeout: 200 })).code, 'RESPONSE_TIMEOUT');
      });
      assert.ok(took >= 400 && took < 3_000, `took ${took} ms`);
      assert.equal(endpoint.requests.length, 2);
      await allClosed(endpoint);
    });

    it('with the document of an error: gives up after the response timeout, and closes the connection', async () => {
      await using endpoint = await startEndpoint((_request, response) => drip(response.writeHead(500), ' '));
      const took = await timed(async () => {
        assert.equal((await read(endpoint, { responseTimeout: 200 })).code, 'RESPONSE_TIMEOUT');
      });
      assert.ok(took >= 400 && took < 3_000, `took ${took} ms`);
      await allClosed(endpoint);
    });

    it('with a listing: gives up after the time of a call', async () => {
      await using endpoint = await startEndpoint((_request, response) => drip(response, ' '));
      const took = await timed(async () => {
        assert.equal((await list(endpoint, { timeouts: { total: 200 } })).code, 'RESPONSE_TIMEOUT');
      });
      assert.ok(took >= 400 && took < 3_000, `took ${took} ms`);
      await allClosed(endpoint);
    });

    it('with a body, of which a byte comes now and then: counts it as stalled', async () => {
      const total = 100_000;
      await using endpoint = await startEndpoint(({ headers }, response) => {
        const first = /=(\d+)-/.exec(headers.range ?? '')?.[1] ?? '0';
        response.writeHead(206, { etag: '"e"', 'content-range': `bytes ${first}-${total - 1}/${total}` });
        drip(response, 'x');
      });
      const took = await timed(async () => {
        const options = { partSize: total, idleTimeout: 250, verify: false };
        assert.equal((await read(endpoint, options)).code, 'IDLE_TIMEOUT');
      });
      assert.ok(took >= 500 && took < 3_000, `took ${took} ms`);
      assert.equal(endpoint.requests.length, 2);
      await allClosed(endpoint);
    });
  });

  it('sends a body without end: takes no more than the range that was asked for', async () => {
    let written = 0;
    await using endpoint = await startEndpoint((_request, response) => {
      response.writeHead(206, { etag: '"e"', 'content-range': 'bytes 0-99/100' });
      endlessly(response, Buffer.alloc(10_000), (bytes) => (written += bytes));
    });
    assert.equal((await read(endpoint, { verify: false })).code, 'RANGE_MISMATCH');
    assert.ok(written < 16 * MIB, `${written} bytes`);
    await allClosed(endpoint);
  });

  describe('answers with a range that is none', () => {
    const ranges = [
      'bytes 0-99/*',
      'bytes */100',
      'bytes 0-9/100',
      'bytes 0-199/200',
      'bytes 1-100/101',
      'bytes 99-0/100',
      'bytes 0-99/50',
      `bytes 0-99/${'9'.repeat(20)}`,
      `bytes 0-99/${'9'.repeat(400)}`,
      'bytes 0-99',
      'bytes -1-98/100',
      'pages 0-99/100',
      '',
    ];
    it('has a case for each form', () => assert.equal(ranges.length, 13));
    for (const range of ranges) {
      it(`'${range.slice(0, 30)}': gives no byte of it`, async () => {
        await using endpoint = await startEndpoint((_request, response) => {
          response.writeHead(206, { etag: '"e"', 'content-range': range, 'content-length': 100 });
          response.end(Buffer.alloc(100));
        });
        const source = s3ObjectSource({
          ...{ bucket: 'bucket', key: 'key', config: endpoint.settings, retry, partSize: 100, verify: false },
        });
        let bytes = 0;
        source.on('error', () => undefined).on('data', (chunk: Buffer) => (bytes += chunk.length));
        const { error } = await source.settled;
        assert.equal(error?.code, 'RANGE_MISMATCH');
        assert.equal(bytes, 0);
        assert.equal(endpoint.requests.length, 1);
      });
    }
  });

  describe('lists without end', () => {
    const page = (content: string): string => document('ListBucketResult', content);
    const more = (token: string): string =>
      `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;
    const object = '<Contents><Key>d/1</Key><Size>1</Size><ETag>"e"</ETag></Contents>';
    const cases = [
      { title: 'the same empty page', content: () => more('same'), most: 4, code: 'SERVER_ERROR' },
      { title: 'the same page', content: () => object + more('same'), most: 4, code: 'SERVER_ERROR' },
      {
        title: 'two pages in turn',
        content: (n: number) => object + more(`${n % 2}`),
        most: 3,
        code: 'CONFIG_INVALID',
      },
      { title: 'ever new empty pages', content: (n: number) => more(`${n}`), most: 102, code: 'SERVER_ERROR' },
    ] as const;
    for (const { title, content, most, code } of cases) {
      it(`${title}: ${code} after so many requests`, async () => {
        let pages = 0;
        await using endpoint = await startEndpoint(({ url = '' }, response) => {
          if (url.includes('list-type')) response.end(page(content((pages += 1))));
          else response.writeHead(200, { etag: '"e"', 'content-length': 1 }).end('x');
        });
        assert.equal((await list(endpoint)).code, code);
        assert.ok(pages >= 2 && pages <= most, `${pages} pages`);
      });
    }

    for (const [title, content] of [
      ['no key', '<Contents><Size>1</Size></Contents>'],
      ['no size', '<Contents><Key>d/1</Key></Contents>'],
      ['a negative size', '<Contents><Key>d/1</Key><Size>-1</Size></Contents>'],
      ['a word for a size', '<Contents><Key>d/1</Key><Size>many</Size></Contents>'],
      ['half a byte', '<Contents><Key>d/1</Key><Size>0.5</Size></Contents>'],
      ['more bytes than can be counted', '<Contents><Key>d/1</Key><Size>1e300</Size></Contents>'],
      [
        'a key that is not encoded',
        '<EncodingType>url</EncodingType><Contents><Key>d/%zz</Key><Size>1</Size></Contents>',
      ],
      ['a key that is no UTF-8', '<EncodingType>url</EncodingType><Contents><Key>d/%ff</Key><Size>1</Size></Contents>'],
    ] as const) {
      it(`objects with ${title}: never reads on without them`, async () => {
        await using endpoint = await startEndpoint((_request, response) => {
          response.end(page(`${content}<IsTruncated>false</IsTruncated>`));
        });
        assert.equal((await list(endpoint)).code, 'SERVER_ERROR');
        assert.ok(endpoint.requests.every((request) => request.includes('list-type')));
      });
    }

    it('objects that were not asked for: reads none of them', async () => {
      const foreign = '<Contents><Key>other/1</Key><Size>1</Size></Contents><IsTruncated>false</IsTruncated>';
      await using endpoint = await startEndpoint((_request, response) => response.end(page(foreign)));
      assert.equal((await list(endpoint)).code, 'NO_MATCH');
      assert.equal(endpoint.requests.length, 1);
    });
  });
});
