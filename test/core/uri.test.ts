import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatObjectUri, parseObjectUri } from '../../src/core/uri.ts';

const S3 = ['s3'];
const bucket = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/);
const key = fc.string({ unit: 'binary', maxLength: 256 });

describe('core/uri', () => {
  it('keeps every character of a key as it stands', () => {
    const keys = [
      'plain.csv',
      '/leading',
      'a//b',
      'a/../b/./c',
      'what?versionId=1#top',
      '100%',
      '%2F%41',
      ' spaces and + ',
      'back\\slash',
      'tab\tnewline\nnul\0',
      'user:pw@x',
      'naïve/é/e\u0301/😀',
      's3://other/key',
      'trailing/',
      'glob/*.{csv,gz}',
    ];
    assert.equal(keys.length, 15);
    for (const text of keys) {
      assert.deepEqual(parseObjectUri(`s3://raw/${text}`, S3), { scheme: 's3', bucket: 'raw', key: text });
    }
  });

  it('gives the empty key for a whole bucket, with or without the slash', () => {
    assert.deepEqual(parseObjectUri('s3://raw', S3), { scheme: 's3', bucket: 'raw', key: '' });
    assert.deepEqual(parseObjectUri('s3://raw/', S3), { scheme: 's3', bucket: 'raw', key: '' });
  });

  it('takes each of the schemes expected and no other', () => {
    assert.equal(parseObjectUri('s3a://raw/k', ['s3', 's3a']).scheme, 's3a');
    for (const uri of ['', 's3', 's3:/raw/k', 'S3://raw/k', ' s3://raw/k', 'gs://raw/k', '/raw/k', 'https://raw/k']) {
      assert.throws(() => parseObjectUri(uri, ['s3', 's3a']), {
        code: 'CONFIG_INVALID',
        message: 'expected a URI of the form s3://bucket/key or s3a://bucket/key',
      });
    }
  });

  it('refuses a bucket that is missing or cannot be one', () => {
    const cases = [
      ['s3://', /names no bucket/],
      ['s3:///key', /names no bucket/],
      ['s3://my bucket/key', /no spaces/],
      ['s3://raw?x=1', /\? #/],
      ['s3://raw#x', /\? #/],
      ['s3://raw:9000/key', /: \?/],
      ['s3://ra\nw/key', /control characters/],
      ['s3://r%61w/key', /%/],
      ['s3://r\ud800w/key', /surrogate/],
    ] as const;
    assert.equal(cases.length, 9);
    for (const [uri, message] of cases) {
      assert.throws(() => parseObjectUri(uri, S3), { name: 'ConfigError', code: 'CONFIG_INVALID', message });
    }
  });

  it('refuses credentials in the URI and does not repeat them', () => {
    assert.throws(() => parseObjectUri('s3://AKIA:canary@raw/key', S3), {
      code: 'CONFIG_INVALID',
      message: /no credentials(?!.*canary)/,
    });
  });

  it('refuses half of a surrogate pair in a key', () => {
    assert.throws(() => parseObjectUri('s3://raw/a\udc00b', S3), { code: 'CONFIG_INVALID', message: /surrogate/ });
  });

  it('counts the limit of a key in bytes of UTF-8', () => {
    assert.equal(parseObjectUri(`s3://raw/${'é'.repeat(512)}`, S3).key.length, 512);
    assert.throws(() => parseObjectUri(`s3://raw/${'é'.repeat(512)}x`, S3), {
      code: 'CONFIG_INVALID',
      message: /1024 bytes of UTF-8, and this one 1025/,
    });
  });

  it('formats what it parses, for any bucket and any well-formed key', () => {
    fc.assert(
      fc.property(bucket, key, (name, text) => {
        const uri = { scheme: 's3', bucket: name, key: text };
        assert.deepEqual(parseObjectUri(formatObjectUri(uri), S3), uri);
      }),
      { numRuns: 500 },
    );
  });

  it('formats nothing that would parse to something else', () => {
    for (const name of ['', 'a/b', 'a b']) {
      assert.throws(() => formatObjectUri({ scheme: 's3', bucket: name, key: 'k' }), { code: 'CONFIG_INVALID' });
    }
  });
});
