import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { s3Sink } from '../../../src/connectors/s3/sink.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import { escapeGlob } from '../../../src/core/glob.ts';
import { KEYS } from './awkward-keys.ts';
import { BUCKET, QUICK, TINY_LIMITS, rejection, requests, settingsFor, useS3Server } from './support.ts';
import { leavesUploads } from '../../support/watches/uploads.ts';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('keys of S3 objects', () => {
  const server = useS3Server({ limits: { ...TINY_LIMITS, maxKeys: 7 } });
  const common = () => ({ config: settingsFor(server.s3), retry: QUICK });
  const write = async (sink: ReturnType<typeof s3Sink>, content: string): Promise<void> =>
    pipeline(Readable.from([Buffer.from(content)]), sink);

  it('are as many as there are here, each of its own', () => {
    assert.equal(KEYS.length, 82);
    assert.equal(new Set(KEYS).size, KEYS.length);
  });

  it('are stored byte for byte, never two as one, and found by name, URL and pattern', async () => {
    const written = KEYS.map(async (key, n) => {
      const sink =
        n % 2 === 0 ? s3ObjectSink({ bucket: BUCKET, key, ...common() }) : s3Sink(`s3://${BUCKET}/${key}`, common());
      await write(sink, key);
      assert.equal(sink.result?.key, key);
    });
    await Promise.all(written);
    assert.deepEqual(
      server.s3.objects(BUCKET).map(({ key }) => key),
      [...KEYS].sort(byBytes),
    );
    const read = KEYS.map(async (key) => {
      assert.equal(await text(s3ObjectSource({ bucket: BUCKET, key, ...common() })), key);
      // As one key: no listing, unless the key ends as a prefix does.
      const options = { ...common(), join: 'raw' } as const;
      if (!key.endsWith('/')) assert.equal(await text(s3Source(`s3://${BUCKET}/${escapeGlob(key)}`, options)), key);
    });
    await Promise.all(read);
    assert.equal(requests(server.s3, 'ListObjectsV2').length, 0);
  });

  it('are listed byte for byte, in the order of their bytes, over pages', async () => {
    const keys = KEYS.filter((key) => Buffer.byteLength(key) <= 1_022);
    for (const key of keys) server.s3.putObject(BUCKET, `p/${key}`, `[${key}]`);
    const seen: string[] = [];
    const source = s3Source(`s3://${BUCKET}/p/`, {
      ...common(),
      each: ({ key }) => {
        seen.push(key);
        return [];
      },
    });
    const sorted = keys.sort(byBytes);
    assert.equal(await text(source), sorted.map((key) => `[${key}]`).join(''));
    assert.deepEqual(
      seen,
      sorted.map((key) => `p/${key}`),
    );
    assert.ok(requests(server.s3, 'ListObjectsV2').length >= 11);
  });

  it('are found by a pattern that has magic beside them', async () => {
    for (const key of KEYS) server.s3.putObject(BUCKET, `${key.slice(0, 500)}/x.csv`, key);
    const read = KEYS.filter((key) => key.length <= 500).map(async (key) => {
      const url = `s3://${BUCKET}/${escapeGlob(key)}/*.csv`;
      assert.equal(await text(s3Source(url, { ...common(), join: 'raw' })), key, JSON.stringify(key));
    });
    await Promise.all(read);
  });

  it('are the same again, whatever they are made of', async () => {
    const key = fc
      .oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
        fc.string({ unit: fc.constantFrom(...Array.from('/.%+* &<~\u0301e\r\n')), minLength: 1 }),
      )
      .filter((one) => one.isWellFormed() && !one.endsWith('/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 8 }), async (keys) => {
        for (const { key: old } of server.s3.objects(BUCKET)) server.s3.deleteObject(BUCKET, old);
        for (const one of keys) await write(s3ObjectSink({ bucket: BUCKET, key: `q/${one}`, ...common() }), one);
        const sorted = [...keys].sort(byBytes);
        assert.deepEqual(
          server.s3.objects(BUCKET).map((object) => object.key),
          sorted.map((one) => `q/${one}`),
        );
        assert.equal(await text(s3Source(`s3://${BUCKET}/q/`, { ...common(), join: 'raw' })), sorted.join(''));
      }),
      { numRuns: 12 },
    );
  });

  it('name the upload of an awkward key whose beginning was not answered', async () => {
    let n = 0;
    for (const key of ['line\nfeed\r', 'a b+c%/more', 'a b+c%', '\u{1f600}&<', 'nul\0']) {
      const fault = server.s3.on('CreateMultipartUpload', ({ key: asked }) => asked === key, { reset: 'after' });
      const limits = { ...TINY_LIMITS, maxParts: 100 };
      const sink = s3ObjectSink({ bucket: BUCKET, key, ...common(), limits, partSize: 10, retry: false });
      leavesUploads(server.s3, (n += 1));
      await rejection(pipeline(Readable.from([Buffer.alloc(100)]), sink));
      assert.equal(fault.fired, 1);
      const [upload] = server.s3.uploads().filter((one) => one.key === key);
      assert.ok(upload !== undefined);
      assert.deepEqual((await sink.settled).leftover, { bucket: BUCKET, key, uploadId: upload.uploadId });
    }
  });

  for (const [title, key] of [
    ['half of a surrogate pair', 'a\ud800'],
    ['the other half', '\udc00a'],
    ['both halves in the wrong order', '\udc00\ud800'],
    ['more than 1,024 bytes', 'é'.repeat(513)],
    ['nothing', ''],
  ] as const) {
    it(`are refused before any request when they are ${title}`, () => {
      const refused = { name: 'ConfigError', code: 'CONFIG_INVALID' };
      assert.throws(() => s3ObjectSink({ bucket: BUCKET, key, ...common() }), refused);
      assert.throws(() => s3ObjectSource({ bucket: BUCKET, key, ...common() }), refused);
      if (key === '') return;
      assert.throws(() => s3Sink(`s3://${BUCKET}/${key}`, common()), refused);
      assert.throws(() => s3Source(`s3://${BUCKET}/${key}`, common()), refused);
      assert.throws(() => s3Source(`s3://${BUCKET}/${key}*`, common()), refused);
      assert.deepEqual(server.s3.operations, []);
    });
  }
});
