import assert from 'node:assert/strict';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import { s3ObjectSource } from '../../src/connectors/s3/object-source.ts';
import { drip, endlessly, startEndpoint } from '../connectors/s3/endpoint.ts';
import { NO_RANGES, allClosed, list, read, retry } from '../connectors/s3/untrusted.ts';
import { timed } from '../support/faults.ts';

const MIB = 1024 * 1024;

describe('an endpoint whose answers are slow, endless or others than asked for', () => {
  afterEach(closeS3Clients);

  describe('is slow on purpose', () => {
    it('with its headers: gives up after the response timeout, and closes the connection', async () => {
      await using endpoint = await startEndpoint((_request, _response, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
        drip(socket, 'a');
      });
      // The SDK's first request of a process takes a while by itself.
      const took = await timed(async () => {
        assert.equal((await read(endpoint, { responseTimeout: 800 })).code, 'RESPONSE_TIMEOUT');
      });
      assert.ok(took >= 1_600 && took < 5_000, `took ${took} ms`);
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
    it('has a case for each form', () => assert.equal(NO_RANGES.length, 13));
    for (const range of NO_RANGES) {
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
});
