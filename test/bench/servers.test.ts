import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { adlsFileSink, adlsFileSource, pgCopyFrom, pgCopyTo, s3ObjectSink, s3ObjectSource, s3Source } from 'sluice';
import { dataLake } from '../../bench/cases/data-lake.ts';
import { startDrainingAdls } from '../../bench/servers/draining-adls.ts';
import { startDrainingPostgres } from '../../bench/servers/draining-postgres.ts';
import { startDrainingS3 } from '../../bench/servers/draining-s3.ts';
import { startLimitingProxy } from '../../bench/servers/limiting-proxy.ts';
import { startServerProcess } from '../../bench/servers/run-as-process.ts';
import type { BenchServer } from '../../bench/servers/run-as-process.ts';
import { startStaticAdls } from '../../bench/servers/static-adls.ts';
import { startStaticS3 } from '../../bench/servers/static-s3.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { chunked, collect, csvRows, fingerprint } from '../support/bytes.ts';

const ROWS = 20_000;
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };

const storeAt = (port: number) => ({
  endpointUrl: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  credentials: { ...credentials },
});
const dsnOf = (port: number): string => `postgresql://bench@127.0.0.1:${port}/bench?sslmode=disable`;

async function using(server: Promise<BenchServer>, work: (port: number) => Promise<void>): Promise<void> {
  const { port, close } = await server;
  try {
    await work(port);
  } finally {
    await closePools();
    await close();
  }
}

describe("the benchmarks' servers", () => {
  it('take a COPY from us and from pg-copy-streams, and count its rows', () =>
    using(startDrainingPostgres(), async (port) => {
      const sink = pgCopyFrom({ table: 'trips', config: { dsn: dsnOf(port) } });
      await pipeline(chunked(csvRows(ROWS), 1000), sink);
      assert.equal(sink.result?.rows, ROWS);

      const client = new pg.Client({ connectionString: dsnOf(port) });
      await client.connect();
      const peer = client.query(copyStreams.from('COPY trips FROM STDIN WITH (FORMAT csv)'));
      await pipeline(chunked(csvRows(ROWS), 1000), peer);
      assert.equal(peer.rowCount, ROWS);
      await client.end();
    }));

  it('send a COPY of the size asked for, a row in a message', () =>
    using(startDrainingPostgres({ sendBytes: 3e6 }), async (port) => {
      const source = pgCopyTo({ table: 'trips', config: { dsn: dsnOf(port) } });
      const bytes = await collect(source as AsyncIterable<Buffer>);
      const lines = bytes.toString().split('\n');
      assert.equal(lines.length - 1, source.result?.rows);
      assert.ok(bytes.length >= 3e6 && bytes.length < 4.2e6);
      assert.ok(lines.every((line) => line.length === 116 || line === ''));
    }));

  it('end a COPY without end when it is cancelled', () =>
    using(startDrainingPostgres({ sendBytes: Infinity }), async (port) => {
      const source = pgCopyTo({ table: 'trips', config: { dsn: dsnOf(port) } });
      await once(source, 'readable');
      source.destroy();
      assert.equal((await source.settled).cleanup, 'confirmed');
    }));

  it('take an upload in parts, and one in a piece, from us and from lib-storage', () =>
    using(startDrainingS3(), async (port) => {
      const sink = s3ObjectSink({ bucket: 'b', key: 'ours', partSize: 5 * 2 ** 20, config: storeAt(port) });
      await pipeline(chunked(Buffer.alloc(12 * 2 ** 20, 'x')), sink);
      assert.equal(sink.result?.parts, 3);

      const native = new S3Client({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        credentials: { ...credentials },
        forcePathStyle: true,
      });
      for (const size of [6 * 2 ** 20, 10]) {
        const params = { Bucket: 'b', Key: 'theirs', Body: Readable.from([Buffer.alloc(size)]) };
        const done = await new Upload({ client: native, params }).done();
        assert.ok(done.ETag !== undefined);
      }
      native.destroy();
    }));

  it('serve made-up objects whose bytes depend on their place, in ranges and in lists', () =>
    using(startStaticS3({ objects: { big: 40_000_001, 'small/a': 10, 'small/b': 20 } }), async (port) => {
      const config = storeAt(port);
      const ranged = s3ObjectSource({ bucket: 'b', key: 'big', partSize: 2 ** 20, config });
      const whole = await fetch(`http://127.0.0.1:${port}/b/big`);
      assert.equal(
        fingerprint(await collect(ranged as AsyncIterable<Buffer>)),
        fingerprint(new Uint8Array(await whole.arrayBuffer())),
      );
      const small = s3Source('s3://b/small/', { join: 'raw', config });
      assert.equal((await collect(small as AsyncIterable<Buffer>)).length, 30);
      const stale = await fetch(`http://127.0.0.1:${port}/b/big`, { headers: { 'if-match': '"other"' } });
      assert.equal(stale.status, 412);
    }));

  it('take a file of a Data Lake in appends from us and from the SDK, and refuse a flush with a gap before it', () =>
    using(startDrainingAdls(), async (port) => {
      const { connectionString } = dataLake(port);
      const sink = adlsFileSink({ container: 'files', path: 'ours', partSize: 2 ** 20, config: { connectionString } });
      await pipeline(chunked(Buffer.alloc(3 * 2 ** 20, 'x')), sink);
      assert.equal(sink.result?.parts, 3);

      const files = DataLakeServiceClient.fromConnectionString(connectionString).getFileSystemClient('files');
      const theirs = files.getFileClient('theirs');
      await theirs.uploadStream(Readable.from([Buffer.alloc(3e6)]), { chunkSize: 2 ** 20 });
      for (const [name, size] of [['ours', 3 * 2 ** 20] as const, ['theirs', 3e6] as const]) {
        assert.equal((await files.getFileClient(name).getProperties()).contentLength, size);
      }
      await assert.rejects(theirs.flush(3e6 + 1), { statusCode: 400 });
    }));

  it('serve made-up files of a Data Lake, in ranges and of one version, to us and to the SDK', () =>
    using(startStaticAdls({ files: { big: 20_000_001 } }), async (port) => {
      const { connectionString } = dataLake(port);
      const ours = adlsFileSource({ container: 'files', path: 'big', partSize: 2 ** 20, config: { connectionString } });
      const files = DataLakeServiceClient.fromConnectionString(connectionString).getFileSystemClient('files');
      const file = files.getFileClient('big');
      assert.equal(
        fingerprint(await collect(ours as AsyncIterable<Buffer>)),
        fingerprint(await file.readToBuffer(0, undefined, { chunkSize: 2 ** 22 })),
      );
      await assert.rejects(file.read(0, 1, { conditions: { ifMatch: '"other"' } }), { statusCode: 412 });
    }));

  it('put a distance and a bandwidth before any server', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const to = { host: '127.0.0.1', port: (echo.address() as AddressInfo).port };
    await using(startLimitingProxy({ to, bytesPerSecond: 10e6, latencyMs: 60 }), async (port) => {
      const socket = connect(port, '127.0.0.1');
      const started = performance.now();
      socket.write('?');
      await once(socket, 'data');
      const latency = performance.now() - started;
      assert.ok(latency >= 58 && latency < 1000, `${latency} ms`);

      const sent = performance.now();
      socket.end(Buffer.alloc(2_000_000));
      const back = await collect(socket as AsyncIterable<Buffer>);
      const elapsed = performance.now() - sent;
      assert.equal(back.length, 2_000_000);
      // Both directions carry at the same time: 200 ms of bytes, and the way there and back.
      assert.ok(elapsed >= 230 && elapsed < 2000, `${elapsed} ms`);
    });
    echo.close();
  });

  it('run as processes that end with their owner', async () => {
    const server = await startServerProcess('draining-s3');
    const reply = await fetch(`http://127.0.0.1:${server.port}/b`);
    assert.equal(reply.status, 200);
    await reply.text();
    await server[Symbol.asyncDispose]();
    await assert.rejects(fetch(`http://127.0.0.1:${server.port}/b`));
  });
});
