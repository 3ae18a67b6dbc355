import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import type { TransformOptions } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { createGunzip, gzipSync } from 'node:zlib';
import { ListObjectsV2Command, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { ObjectInfo } from '../../../src/connectors/s3/object-info.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import type { S3SourceOptions } from '../../../src/connectors/s3/source.ts';
import { arrangingClient } from '../../conformance/subjects/s3-service.ts';
import {
  BUCKET,
  KIB,
  QUICK,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  readAll,
  requests,
  settingsFor,
  useS3Server,
} from './support.ts';

describe('s3Source', () => {
  const server = useS3Server({ limits: { maxKeys: 3 } });

  const open = (url: string | string[], options: S3SourceOptions = {}) =>
    s3Source(url, { config: settingsFor(server.s3), retry: QUICK, ...options });
  const put = (key: string, body: string | Buffer) => server.s3.putObject(BUCKET, key, body);
  const upper = () =>
    new Transform({
      transform: (chunk: Buffer, _encoding, callback) => callback(null, chunk.toString().toUpperCase()),
    });

  it('reads one object named by its key without listing', async () => {
    put('dir/a.txt', 'alpha');
    const source = open('s3://bucket/dir/a.txt');
    assert.equal(await text(source), 'alpha');
    assert.equal(requests(server.s3, 'ListObjectsV2').length, 0);
    assert.deepEqual({ bytes: source.result?.bytes, objects: source.result?.objects }, { bytes: 5, objects: 1 });
    assert.deepEqual(source.progress, { bytes: 5, totalBytes: 5 });
  });

  it('joins everything under a prefix in the order of the keys’ UTF-8 bytes, over several pages', async () => {
    const keys = ['p/\u{10000}', 'p/\uffff', 'p/a', 'p/B', 'p/a b+c%', 'p/ä', 'p/z/1'];
    for (const key of keys) put(key, `[${key}]`);
    put('q/other', 'not this');
    const source = open('s3://bucket/p/', { join: 'raw' });
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.equal(await text(source), sorted.map((key) => `[${key}]`).join(''));
    assert.equal(source.result?.objects, keys.length);
    assert.ok(requests(server.s3, 'ListObjectsV2').length >= 3);
  });

  it('reads what a glob matches, and passes over the keys that only mark directories', async () => {
    put('d/', '');
    put('d/1.csv', '1');
    put('d/2.csv', '2');
    put('d/3.txt', '3');
    put('d/sub/', '');
    put('d/sub/4.csv', '4');
    assert.equal(await text(open('s3://bucket/d/*.csv', { join: 'raw' })), '12');
    const all = open('s3://bucket/d/**', { join: 'raw' });
    assert.equal(await text(all), '1234');
    assert.equal(all.result?.objects, 4);
  });

  it('reads several URLs one after the other', async () => {
    put('b', 'B');
    put('a/1', '1');
    put('a/2', '2');
    assert.equal(await text(open(['s3://bucket/b', 's3://bucket/a/'], { join: 'raw' })), 'B12');
  });

  it('asks once, plainly and pinned, for a small object from a listing, and compares its checksum', async () => {
    const { etag } = put('d/1', 'one');
    put('d/2', 'two');
    assert.equal(await text(open('s3://bucket/d/', { join: 'raw' })), 'onetwo');
    const [first] = requests(server.s3, 'GetObject');
    assert.deepEqual(
      { range: first?.range, match: first?.headers['if-match'] },
      { range: undefined, match: `"${etag}"` },
    );
    assert.equal(requests(server.s3, 'HeadObject').length, 0);
    const fault = server.s3.on('GetObject', 'always', { corrupt: { byte: 1 } });
    const error = await connectorRejection(readAll(open('s3://bucket/d/', { join: 'raw' })));
    assert.ok(fault.fired > 0);
    assert.equal(error.code, 'CHECKSUM_MISMATCH');
    assert.match(error.message, /s3:\/\/bucket\/d\//);
  });

  it('runs `each` on every object before it is joined, with what is known of the object', async () => {
    put('d/1.gz', gzipSync('one\n'));
    put('d/2.gz', gzipSync('two\n'));
    const seen: string[] = [];
    const each: S3SourceOptions['each'] = ({ bucket, key, size, etag }) => {
      seen.push(`${bucket}/${key} ${size > 0} ${etag.length > 2}`);
      return [createGunzip(), upper()];
    };
    const source = open('s3://bucket/d/*.gz', { each });
    assert.equal(await text(source), 'ONE\nTWO\n');
    assert.deepEqual(seen, ['bucket/d/1.gz true true', 'bucket/d/2.gz true true']);
    assert.equal(source.result?.bytes, 8);
    assert.equal(await text(open('s3://bucket/d/1.gz', { each: () => createGunzip() })), 'one\n');
    assert.equal((await readAll(open('s3://bucket/d/1.gz', { each: () => [] }))).length, gzipSync('one\n').length);
  });

  it('stops reading an object whose transform has had enough, and goes on with the next', async () => {
    const body = patterned(200 * KIB);
    const keys = ['d/1', 'd/2', 'd/3', 'd/4'];
    for (const key of keys) put(key, body);
    const made: Transform[] = [];
    const head = () => {
      let left = 4;
      const transform = new Transform({
        transform(chunk: Buffer, _encoding, callback) {
          const part = chunk.subarray(0, left);
          left -= part.length;
          this.push(part);
          if (left === 0) this.push(null);
          callback();
        },
      });
      made.push(transform);
      return transform;
    };
    const source = open('s3://bucket/d/', {
      each: head,
      partSize: 16 * KIB,
      concurrency: 2,
      maxBufferedBytes: 32 * KIB,
    });
    assertSameBytes(await readAll(source), Buffer.concat(keys.map(() => body.subarray(0, 4))));
    assert.ok(requests(server.s3, 'GetObject').length < 20);
    assert.ok(made.every(({ closed }) => closed));
    assert.equal((await source.settled).cleanup, 'confirmed');
  });

  it('refuses several objects without `each` or `join` before any byte', async () => {
    put('d/1', '1');
    put('d/2', '2');
    for (const url of ['s3://bucket/d/', ['s3://bucket/d/1', 's3://bucket/d/2']]) {
      const source = open(url);
      let bytes = 0;
      source.on('data', (chunk: Buffer) => (bytes += chunk.length));
      await once(source, 'error');
      assert.equal((await source.settled).error?.code, 'CONFIG_INVALID');
      assert.equal(bytes, 0);
    }
    assert.equal(requests(server.s3, 'GetObject').length, 0);
  });

  it('tells nothing to read from an empty result', async () => {
    const source = open('s3://bucket/none/*');
    const error = await connectorRejection(readAll(source));
    assert.deepEqual({ code: error.code, name: error.name }, { code: 'NO_MATCH', name: 'NotFoundError' });
    assert.equal(await text(open('s3://bucket/none/*', { onEmpty: 'end' })), '');
    assert.equal((await connectorRejection(readAll(open('s3://bucket/none')))).code, 'NOT_FOUND');
    assert.equal((await connectorRejection(readAll(open('s3://no-bucket-here/p/')))).code, 'NOT_FOUND');
  });

  it('names the object whose transform failed, keeps its error as the cause, and destroys the rest', async () => {
    for (let n = 0; n < 6; n += 1) put(`d/${n}`, patterned(64 * KIB));
    const boom = new Error('bad object');
    const made: Transform[] = [];
    const each: S3SourceOptions['each'] = ({ key }) => {
      const pass = new PassThrough();
      const second = new Transform({
        transform: (chunk: Buffer, _encoding, callback) => (key === 'd/2' ? callback(boom) : callback(null, chunk)),
      });
      made.push(pass, second);
      return [pass, second];
    };
    const { signal } = new AbortController();
    const source = open('s3://bucket/d/', { each, partSize: 8 * KIB, signal });
    const error = await connectorRejection(readAll(source));
    assert.equal(error.code, 'PIPELINE_FAILED');
    assert.equal(error.cause, boom);
    assert.match(error.message, /s3:\/\/bucket\/d\/2/);
    assert.equal((await source.settled).cleanup, 'confirmed');
    assert.ok(made.every(({ destroyed }) => destroyed));
    assert.equal(listenersOn(signal), 0);
  });

  it('keeps what `each` or its transform threw unchanged as the cause, whatever it says', async () => {
    put('d/1', 'x');
    const own = new RangeError('deadlock detected: timeout');
    const throwing: readonly S3SourceOptions['each'][] = [
      () => {
        throw own;
      },
      () => new Transform({ transform: (_chunk, _encoding, callback) => callback(own) }),
    ];
    for (const each of throwing) {
      const source = open('s3://bucket/d/', { each });
      const error = await connectorRejection(readAll(source));
      assert.deepEqual([error.code, error.retryable], ['PIPELINE_FAILED', false]);
      assert.equal(error.cause, own);
      assert.equal((await source.settled).outcome, 'not-done');
    }
  });

  it('goes on with the next object although a transform never says that it has closed', async () => {
    for (let n = 0; n < 3; n += 1) put(`d/${n}`, 'x');
    const passes = (options: TransformOptions) => () =>
      new Transform({ transform: (chunk: Buffer, _encoding, callback) => callback(null, chunk), ...options });
    const never = passes({ destroy: () => undefined });
    const late = passes({ emitClose: false, destroy: (error, callback) => void setImmediate(callback, error) });
    for (const each of [never, late]) {
      const source = open('s3://bucket/d/', { each, timeout: '5s' });
      assert.equal(await text(source), 'xxx');
      assert.equal((await source.settled).outcome, 'done');
    }
  });

  it('refuses what is no stream of node:stream, and gives everything back', async () => {
    for (let n = 0; n < 3; n += 1) put(`d/${n}`, patterned(64 * KIB));
    for (const made of [new TransformStream(), Promise.resolve(new PassThrough()), [undefined]]) {
      const each = (() => made) as unknown as NonNullable<S3SourceOptions['each']>;
      const source = open('s3://bucket/d/', { each, partSize: 8 * KIB });
      const { code, message } = await connectorRejection(readAll(source));
      assert.equal(code, 'CONFIG_INVALID');
      assert.match(message, /each.*s3:\/\/bucket\/d\/0/);
      assert.equal((await source.settled).cleanup, 'confirmed');
    }
  });

  describe('from a store whose listing cannot be trusted', () => {
    const object = (key: string) => ({ Key: key, Size: 1, ETag: '"e"' });
    const listings = [
      {
        title: 'a page that is not the last and does not say how to go on',
        pages: [{ Contents: [object('d/1')], IsTruncated: true }],
        code: 'SERVER_ERROR',
      },
      {
        title: 'an object without its size',
        pages: [{ Contents: [object('d/1'), { Key: 'd/2', ETag: '"e"' }] }],
        code: 'SERVER_ERROR',
      },
      {
        title: 'a page that begins with the last object of the one before',
        pages: [
          { Contents: [object('d/1')], IsTruncated: true, NextContinuationToken: 'next' },
          { Contents: [object('d/1'), object('d/2')] },
        ],
        code: 'CONFIG_INVALID',
      },
    ];
    for (const { title, pages, code } of listings) {
      it(`never ends cleanly after ${title}`, async () => {
        const left = pages.values();
        const answer = (command: object): unknown => {
          if (command instanceof ListObjectsV2Command) return left.next().value;
          return { Body: Readable.from([Buffer.from('x')]), ContentLength: 1, ETag: '"e"' };
        };
        const client = { send: (command: object) => Promise.resolve(answer(command)) };
        const error = await connectorRejection(readAll(open('s3://bucket/d/', { join: 'raw', client, retry: false })));
        assert.equal(error.code, code);
      });
    }
  });

  it('names the object that broke, of many', async () => {
    for (let n = 0; n < 5; n += 1) put(`d/${n}`, 'x');
    const fault = server.s3.on('GetObject', ({ key }) => key === 'd/3', { status: 500, code: 'InternalError' });
    const error = await connectorRejection(readAll(open('s3://bucket/d/', { join: 'raw', retry: false })));
    assert.equal(fault.fired, 1);
    assert.match(error.message, /500 InternalError \(s3:\/\/bucket\/d\/3\)/);
  });

  it('refuses an object that was replaced since it was listed, in a bucket that keeps the older version too', async () => {
    const client = arrangingClient({ settings: settingsFor(server.s3) });
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
    client.destroy();
    put('d/1', 'older');
    put('d/2', 'older');
    const fault = server.s3.on('GetObject', ({ key }) => key === 'd/2', { call: () => void put('d/2', 'newer') });
    const error = await connectorRejection(readAll(open('s3://bucket/d/', { join: 'raw' })));
    assert.ok(fault.fired >= 1);
    assert.equal(error.code, 'OBJECT_CHANGED');
    assert.match(error.message, /s3:\/\/bucket\/d\/2/);
  });

  it('refuses an object that was replaced since it was listed', async () => {
    for (let n = 0; n < 3; n += 1) put(`d/${n}`, 'older');
    const fault = server.s3.on('GetObject', ({ key }) => key === 'd/2', { call: () => void put('d/2', 'newer') });
    const error = await connectorRejection(readAll(open('s3://bucket/d/', { join: 'raw', concurrency: 1 })));
    assert.ok(fault.fired >= 1);
    assert.equal(error.code, 'OBJECT_CHANGED');
    assert.match(error.message, /s3:\/\/bucket\/d\/2/);
  });

  for (const [how, options] of [
    ['as they are', { join: 'raw' }],
    ['through transforms', { each: () => new PassThrough() }],
  ] as const) {
    it(`asks for the first bytes of the next object before the current one ends, joined ${how}`, async () => {
      put('d/1', patterned(10 * KIB));
      put('d/2', patterned(10 * KIB));
      // The end of the first object waits for the second one to be answered.
      const answered = Promise.withResolvers<undefined>();
      const fault = server.s3.on('GetObject', 2, { hold: answered.promise });
      const reading = readAll(open('s3://bucket/d/', { ...options, partSize: 8 * KIB, concurrency: 3 }));
      const { key } = await server.s3.waitFor('GetObject', 3, 'ended');
      answered.resolve(undefined);
      assert.equal((await reading).length, 20 * KIB);
      assert.deepEqual([fault.fired, key], [1, 'd/2']);
    });
  }

  describe('tells of every object', () => {
    for (const [how, options] of [
      ['as they are', { join: 'raw' }],
      ['through transforms', { each: () => new PassThrough() }],
    ] as const) {
      it(`before its first byte and after the last of the one before, joined ${how}`, async () => {
        const [one, two] = [patterned(20 * KIB), patterned(10 * KIB)];
        put('d/1', one);
        put('d/2', '');
        put('d/3', two);
        const source = open(['s3://bucket/d/', 's3://bucket/d/1'], { ...options, partSize: 8 * KIB });
        const seen: unknown[] = [];
        let bytes = 0;
        source.on('object', (info) => seen.push([info.key, info.size, bytes]));
        source.once('object', ({ key }) => seen.push(`the first is ${key}`));
        for await (const chunk of source) bytes += (chunk as Buffer).length;
        const all = one.length + two.length;
        assert.deepEqual(seen, [
          ['d/1', one.length, 0],
          'the first is d/1',
          ['d/2', 0, one.length],
          ['d/3', two.length, one.length],
          ['d/1', one.length, all],
        ]);
      });
    }

    it('with what its first answer says where none was listed', async () => {
      const { etag } = put('key', 'bytes');
      const source = open('s3://bucket/key');
      const told = once(source, 'object');
      assert.equal(await text(source), 'bytes');
      const [info] = (await told) as [ObjectInfo];
      assert.deepEqual([info.key, info.size, info.etag], ['key', 5, `"${etag}"`]);
      assert.equal(requests(server.s3, 'GetObject').length, 1);
    });

    it('and fails with what a listener throws as the cause', async () => {
      put('d/1', 'x');
      const own = new RangeError('no more of this');
      const source = open('s3://bucket/d/');
      source.on('object', () => {
        throw own;
      });
      const error = await connectorRejection(readAll(source));
      assert.deepEqual([error.code, error.cause], ['PIPELINE_FAILED', own]);
      assert.equal((await source.settled).cleanup, 'confirmed');
    });

    it('and of none after it was destroyed by a listener', async () => {
      for (let n = 0; n < 3; n += 1) put(`d/${n}`, 'x');
      const source = open('s3://bucket/d/', { join: 'raw' });
      const seen: string[] = [];
      source.on('object', ({ key }) => {
        seen.push(key);
        source.destroy();
      });
      source.resume();
      const { outcome, cleanup } = await source.settled;
      assert.deepEqual([seen, outcome, cleanup], [['d/0'], 'not-done', 'confirmed']);
    });
  });

  it('fetches ahead over objects, and holds no more than maxBufferedBytes of all of them together', async () => {
    for (let n = 10; n < 40; n += 1) put(`d/${n}`, patterned(10 * KIB));
    const maxBufferedBytes = 64 * KIB;
    const source = open('s3://bucket/d/', { join: 'raw', partSize: 8 * KIB, maxBufferedBytes });
    let consumed = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, callback) => {
        const delivered = requests(server.s3, 'GetObject').reduce((sum, { bytesOut }) => sum + bytesOut, 0);
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

  it('never lets a small object take the memory that a larger one before it waits for', async () => {
    const sizes = [20, 32, 4, 4].map((size) => size * KIB);
    for (const [n, size] of sizes.entries()) put(`d/${n}`, patterned(size));
    const source = open('s3://bucket/d/', {
      ...{ join: 'raw', partSize: 32 * KIB, maxBufferedBytes: 32 * KIB },
      timeout: '3s',
    });
    assertSameBytes(await readAll(source), Buffer.concat(sizes.map((size) => patterned(size))));
    assert.deepEqual(
      requests(server.s3, 'GetObject').map(({ key }) => key),
      ['d/0', 'd/1', 'd/2', 'd/3'],
    );
  });

  it('destroys the transforms of an object that has come whole when the stream is destroyed', async () => {
    put('d/1', 'x'.repeat(100));
    const whole = new PassThrough();
    const busy = new Transform({ transform: () => undefined });
    const source = open('s3://bucket/d/1', { each: () => [whole, busy], cleanupTimeout: 2_000 });
    source.resume();
    await once(whole, 'finish');
    source.on('error', () => undefined).destroy();
    assert.equal((await source.settled).cleanup, 'confirmed');
    assert.deepEqual([whole.closed, busy.closed], [true, true]);
  });

  it('cuts the objects opened ahead when a loop is left early', async () => {
    for (let n = 0; n < 8; n += 1) put(`d/${n}`, patterned(64 * KIB));
    const made: PassThrough[] = [];
    const each: S3SourceOptions['each'] = () => {
      const pass = new PassThrough();
      made.push(pass);
      return pass;
    };
    const source = open('s3://bucket/d/', { each, partSize: 8 * KIB });
    const fault = server.s3.on('GetObject', ({ key }) => key === 'd/1', { stall: { afterBytes: 100 } });
    for await (const chunk of source) {
      assert.ok((chunk as Buffer).length > 0);
      await fault.firstFired;
      break;
    }
    assert.equal(source.closed, true);
    assert.ok(made.length >= 1 && made.every(({ destroyed, closed }) => destroyed && closed));
    for (const { nth } of requests(server.s3, 'GetObject')) await server.s3.waitFor('GetObject', nth, 'ended');
    assert.equal((await source.settled).cleanup, 'confirmed');
  });

  it('refuses malformed URLs and options at once', () => {
    assert.throws(() => s3Source([]), { code: 'CONFIG_INVALID' });
    assert.throws(() => s3Source('http://bucket/key'), { code: 'CONFIG_INVALID' });
    assert.throws(() => s3Source('s3://'), { code: 'CONFIG_INVALID' });
    assert.throws(() => s3Source('s3://bucket/key', { partSize: 'many' }), {
      code: 'CONFIG_INVALID',
      message: /partSize/,
    });
    assert.throws(() => s3Source('s3://bucket/key', { parallel: 3 } as object), {
      code: 'CONFIG_INVALID',
      message: /parallel/,
    });
  });
});
