import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { closeAdlsClients } from '../../src/connectors/adls2/client-cache.ts';
import { list, open, read, write } from '../connectors/adls2/untrusted.ts';
import { drip, endlessly, startEndpoint } from '../connectors/s3/endpoint.ts';
import type { Endpoint } from '../connectors/s3/endpoint.ts';
import { patterned } from '../connectors/s3/support.ts';
import { NO_RANGES, allClosed } from '../connectors/s3/untrusted.ts';

const MIB = 1024 * 1024;
const HTML = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body><p>Please log in</body></html>';

/** The head of an answer to the first hundred bytes of a file. */
const firstPart = (response: ServerResponse, headers = {}, total = 100): ServerResponse =>
  response.writeHead(206, { etag: '"0x1"', 'content-range': `bytes 0-99/${total}`, 'content-length': 100, ...headers });

describe('an account of ADLS that is none, or not to be trusted,', () => {
  afterEach(closeAdlsClients);

  describe('redirects', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      it(`with ${status}: no other host is sent a signed request`, async () => {
        await using other = await startEndpoint((_request, response) => response.end());
        await using endpoint = await startEndpoint((_request, response) => {
          response.writeHead(status, { location: `${other.url}/account/lake/file` }).end();
        });
        for (const refused of [await read(endpoint), await write(endpoint, 10), await list(endpoint)]) {
          assert.deepEqual({ code: refused.code, status: refused.status }, { code: 'CONFIG_INVALID', status });
        }
        assert.equal(other.connections, 0);
      });
    }
  });

  describe('is slow on purpose', () => {
    it('with its headers: is given up after the response timeout, and the connection closed', async () => {
      await using endpoint = await startEndpoint((_request, _response, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
        drip(socket, 'a');
      });
      assert.equal((await read(endpoint, { responseTimeout: 300 })).code, 'RESPONSE_TIMEOUT');
      await allClosed(endpoint);
    });

    it('with the document of an error: is given up after the response timeout, and the connection closed', async () => {
      await using endpoint = await startEndpoint((_request, response) => drip(response.writeHead(500), ' '));
      assert.equal((await read(endpoint, { responseTimeout: 200 })).code, 'RESPONSE_TIMEOUT');
      assert.equal(endpoint.requests.length, 2);
      await allClosed(endpoint);
    });

    it('with a listing: is given up after the time of an answer, and the connection closed', async () => {
      await using endpoint = await startEndpoint((_request, response) => drip(response.writeHead(200), ' '));
      assert.equal((await list(endpoint, { operation: 200 })).code, 'RESPONSE_TIMEOUT');
      assert.equal(endpoint.requests.length, 2);
      await allClosed(endpoint);
    });

    it('with a body, of which a byte comes now and then: counts as stalled', async () => {
      await using endpoint = await startEndpoint(({ headers }, response) => {
        const first = /=(\d+)-/.exec(String(headers['x-ms-range']))?.[1] ?? '0';
        drip(
          firstPart(response, { 'content-range': `bytes ${first}-99/100`, 'content-length': 100 - Number(first) }),
          'x',
        );
      });
      assert.equal((await read(endpoint, { idleTimeout: 250 })).code, 'IDLE_TIMEOUT');
      assert.equal(endpoint.requests.length, 2);
      await allClosed(endpoint);
    });
  });

  describe('sends', () => {
    it('headers without end: is given up', async () => {
      await using endpoint = await startEndpoint((_request, response) => {
        response.writeHead(200, { 'x-large': 'a'.repeat(MIB) }).end();
      });
      assert.equal((await read(endpoint)).code, 'CONNECTION_LOST');
      await allClosed(endpoint);
    });

    it('a body without a length and without an end: takes nothing of it, and closes the connection', async () => {
      let written = 0;
      await using endpoint = await startEndpoint((_request, response) => {
        response.writeHead(206, { etag: '"0x1"', 'content-range': 'bytes 0-99/100' });
        endlessly(response, Buffer.alloc(10_000), (bytes) => (written += bytes));
      });
      assert.equal((await read(endpoint)).code, 'SERVER_ERROR');
      assert.ok(written < 2 * 16 * MIB, `${written} bytes`);
      await allClosed(endpoint);
    });

    it('a body that is longer than its range: takes no more of it than was asked for', async () => {
      let written = 0;
      await using endpoint = await startEndpoint((_request, response) => {
        firstPart(response, { 'content-length': 1e12 });
        endlessly(response, Buffer.alloc(10_000), (bytes) => (written += bytes));
      });
      assert.equal((await read(endpoint)).code, 'RANGE_MISMATCH');
      assert.ok(written < 16 * MIB, `${written} bytes`);
      await allClosed(endpoint);
    });

    it('fewer bytes than its range says, and is done: never takes them for whole', async () => {
      await using endpoint = await startEndpoint(({ headers }, response) => {
        const [, first = 0] = /=(\d+)-/.exec(String(headers['x-ms-range'])) ?? [];
        firstPart(response, { 'content-range': `bytes ${first}-99/100`, 'content-length': 10 }).end(Buffer.alloc(10));
      });
      const { code, retryable } = await read(endpoint);
      assert.deepEqual({ code, retryable }, { code: 'BODY_TRUNCATED', retryable: true });
      assert.ok(endpoint.requests.length >= 2);
    });

    it('a body that it has compressed on the way: never gives its bytes for those of the file', async () => {
      const body = gzipSync(patterned(100));
      await using endpoint = await startEndpoint((_request, response) => {
        firstPart(response, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body);
      });
      const source = open(endpoint);
      let ended = false;
      source.on('end', () => (ended = true)).resume();
      source.on('error', () => undefined);
      const { outcome, error } = await source.settled;
      assert.equal(outcome, 'not-done');
      assert.match(error?.code ?? '', /^(?:RANGE_MISMATCH|BODY_TRUNCATED)$/);
      assert.equal(ended, false);
    });

    it('another version of the file with the second part, whatever If-Match said: joins no two', async () => {
      await using endpoint = await startEndpoint(({ headers }, response) => {
        const isFirst = String(headers['x-ms-range']).startsWith('bytes=0-');
        const range = isFirst ? {} : { etag: '"0x2"', 'content-range': 'bytes 100-199/200' };
        firstPart(response, range, 200).end(Buffer.alloc(100));
      });
      const { code, retryable } = await read(endpoint, { concurrency: 1 });
      assert.deepEqual({ code, retryable }, { code: 'OBJECT_CHANGED', retryable: false });
      assert.equal(endpoint.requests.length, 2);
    });

    describe('a range that is none', () => {
      for (const range of NO_RANGES) {
        it(`'${range.slice(0, 30)}': gives no byte of it`, async () => {
          await using endpoint = await startEndpoint((_request, response) => {
            firstPart(response, { 'content-range': range }).end(Buffer.alloc(100));
          });
          const source = open(endpoint);
          let bytes = 0;
          source.on('error', () => undefined).on('data', (chunk: Buffer) => (bytes += chunk.length));
          const { error } = await source.settled;
          assert.deepEqual([error?.code, bytes, endpoint.requests.length], ['RANGE_MISMATCH', 0, 1]);
        });
      }
    });
  });

  describe('sends documents without end', () => {
    const cases = [
      { title: 'as a listing', status: 200, most: 2 * 20 * MIB, code: 'SERVER_ERROR', work: list },
      { title: 'as the error of a read', status: 403, most: MIB, code: 'ACCESS_DENIED', work: read },
    ] as const;
    for (const { title, status, most, code, work } of cases) {
      it(`${title}: takes no more of it than any could have`, async () => {
        let written = 0;
        await using endpoint = await startEndpoint((_request, response) => {
          response.writeHead(status, { 'content-type': 'application/json' });
          response.write('{"paths":[');
          endlessly(response, Buffer.from('{"name":"x"},'.repeat(10_000)), (bytes) => (written += bytes));
        });
        assert.equal((await work(endpoint)).code, code);
        // What the kernel's buffers hold comes on top.
        assert.ok(written > MIB / 8 && written < most + 2 * 8 * MIB, `${written} bytes`);
        await allClosed(endpoint);
      });
    }
  });

  describe('says what no account says', () => {
    const cases = [
      { title: 'a login page for a listing', status: 200, body: HTML, work: list, code: 'SERVER_ERROR' },
      { title: 'nothing for a listing', status: 200, body: '', work: list, code: 'SERVER_ERROR' },
      { title: 'half a listing', status: 200, body: '{"paths":[{"na', work: list, code: 'SERVER_ERROR' },
      { title: 'a login page for a file', status: 200, body: HTML, work: read, code: 'SERVER_ERROR' },
      { title: 'a gateway’s page', status: 502, body: HTML, work: read, code: 'SERVER_ERROR' },
      { title: 'a page of refusal', status: 403, body: HTML, work: read, code: 'ACCESS_DENIED' },
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

    /** An account as it should be, but for its answers to a rename. */
    const renaming = (answer: (response: ServerResponse) => void): Promise<Endpoint> =>
      startEndpoint(({ method, url = '', headers }, response) => {
        const isRename = headers['x-ms-rename-source'] !== undefined;
        if (isRename) answer(response);
        else if (method === 'HEAD' && url.includes('sluice-tmp'))
          response.writeHead(200, { etag: '"0x1"', 'content-length': 10 }).end();
        else if (method === 'HEAD' && url.includes('/file'))
          response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end();
        else if (method === 'PUT') response.writeHead(201, { etag: '"0x1"' }).end();
        else if (method === 'PATCH') response.writeHead(url.includes('=flush') ? 200 : 202, { etag: '"0x1"' }).end();
        else response.writeHead(200).end();
      });

    for (const [title, answer] of [
      ['a login page for a rename', (response) => void response.end(HTML)],
      ['nothing for a rename', (response) => void response.end()],
    ] as const satisfies readonly (readonly [string, (response: ServerResponse) => void])[]) {
      it(`${title}: does not take it for a success`, async () => {
        await using endpoint = await renaming(answer);
        const { outcome } = await write(endpoint, 10);
        assert.notEqual(outcome, 'done');
        assert.ok(endpoint.requests.some((line) => line.includes('mode=legacy')));
      });
    }
  });
});
