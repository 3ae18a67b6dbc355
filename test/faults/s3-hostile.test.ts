import assert from 'node:assert/strict';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import { document, endlessly, startEndpoint } from '../connectors/s3/endpoint.ts';
import type { Endpoint } from '../connectors/s3/endpoint.ts';
import { allClosed, list, read, write } from '../connectors/s3/untrusted.ts';
import { timed } from '../support/faults.ts';

const MIB = 1024 * 1024;

describe('an endpoint that is no S3, or not one to be trusted', () => {
  afterEach(closeS3Clients);
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

    it('a success for a commit that has no ETag: does not take it for one', async () => {
      await using endpoint = await startEndpoint((_request, response) => response.end());
      const { code, outcome } = await write(endpoint, 10);
      assert.deepEqual({ code, outcome }, { code: 'COMMIT_UNKNOWN', outcome: 'unknown' });
    });

    it('a login page for a commit: does not take it for one', async () => {
      await using endpoint = await startEndpoint((_request, response) => response.end(html));
      const { code, outcome } = await write(endpoint, 10);
      assert.deepEqual({ code, outcome }, { code: 'COMMIT_UNKNOWN', outcome: 'unknown' });
    });
  });
});
