/** Files that are made of appends. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { fingerprint } from '../../support/bytes.ts';
import { cut, sample } from '../sample.ts';
import type { AdlsServerCheck } from './place.ts';
import { append, bytesOf, fileOf, listed, put, refusal, text } from './requests.ts';

export const writingChecks: readonly AdlsServerCheck[] = [
  {
    promise: 'gives back the bytes, the type, the encoding and the metadata of a file',
    async verify(place) {
      const bytes = sample(200_000);
      const file = fileOf(place, 'file');
      const metadata = { origin: 'here' };
      const pathHttpHeaders = { contentType: 'text/csv', contentEncoding: 'gzip' };
      await file.upload(bytes, { metadata, pathHttpHeaders });
      assert.equal(fingerprint(await bytesOf(file)), fingerprint(bytes));
      const { contentType, contentEncoding, contentLength, lastModified, ...rest } = await file.getProperties();
      assert.deepEqual({ contentType, contentEncoding }, pathHttpHeaders);
      assert.deepEqual([contentLength, rest.metadata], [bytes.length, metadata]);
      assert.ok(lastModified !== undefined && Math.abs(Date.now() - lastModified.getTime()) < 3_600_000);
    },
  },
  {
    promise: 'keeps an empty file',
    async verify(place) {
      const file = fileOf(place, 'empty');
      await file.create();
      await file.flush(0);
      assert.equal((await bytesOf(file)).length, 0);
    },
  },
  {
    promise: 'joins appends by their positions, whatever order they came in',
    async verify(place) {
      const bytes = sample(300_000);
      const file = fileOf(place, 'file');
      await file.create();
      const parts = cut(bytes, 100_000).map((part, number) => ({ part, position: number * 100_000 }));
      for (const { part, position } of parts.reverse()) await append(file, part, position);
      await file.flush(bytes.length);
      assert.equal(fingerprint(await bytesOf(file)), fingerprint(bytes));
    },
  },
  {
    promise: 'shows nothing of what is appended before it is flushed, nor another ETag',
    async verify(place) {
      const file = await put(place, 'file', 'old');
      const { etag } = await file.getProperties();
      await append(file, ' and new', 3);
      const before = await file.getProperties();
      assert.deepEqual([before.contentLength, before.etag, await text(file)], [3, etag, 'old']);
      await file.flush(11);
      const after = await file.getProperties();
      assert.deepEqual([after.contentLength, await text(file)], [11, 'old and new']);
      assert.notEqual(after.etag, etag);
    },
  },
  {
    promise: 'takes the last of the appends at one position',
    async verify(place) {
      const file = fileOf(place, 'file');
      await file.create();
      await append(file, 'first', 0);
      await append(file, 'again', 0);
      await file.flush(5);
      assert.equal(await text(file), 'again');
    },
  },
  {
    promise: 'refuses to flush over a gap, short of an end or beyond all that came',
    async verify(place) {
      const file = fileOf(place, 'file');
      await file.create();
      await append(file, 'there', 5);
      assert.equal(await refusal(file.flush(10)), '400 InvalidFlushPosition');
      await append(file, 'here ', 0);
      assert.equal(await refusal(file.flush(11)), '400 InvalidFlushPosition');
      await file.flush(10);
      assert.equal(await text(file), 'here there');
    },
  },
  {
    promise: 'takes a flush at the length that a file has for a repetition',
    async verify(place) {
      const file = await put(place, 'file', 'whole');
      await file.flush(5);
      assert.equal(await text(file), 'whole');
    },
  },
  {
    promise: 'drops at a flush what lies beyond it, unless it is to be kept',
    async verify(place) {
      for (const [retainUncommittedData, end] of [
        [true, '0123456789'],
        [false, ''],
      ] as const) {
        const file = fileOf(place, 'file');
        await file.create();
        await append(file, '01234', 0);
        await append(file, '56789', 5);
        await file.flush(5, { retainUncommittedData });
        assert.equal(await text(file), '01234');
        if (end === '') assert.equal(await refusal(file.flush(10)), '400 InvalidFlushPosition');
        else await file.flush(10);
        assert.equal((await file.getProperties()).contentLength, end === '' ? 5 : 10);
      }
    },
  },
  {
    promise: 'empties a file that is created again, at once',
    async verify(place) {
      const file = await put(place, 'file', 'something');
      await file.setMetadata({ old: 'yes' });
      await file.create();
      const { contentLength, metadata = {} } = await file.getProperties();
      assert.deepEqual([contentLength, metadata], [0, {}]);
    },
  },
  {
    promise: 'takes a stream of unknown length',
    async verify(place) {
      const bytes = sample(500_000);
      const file = fileOf(place, 'file');
      await file.uploadStream(Readable.from(cut(bytes, 30_000)), { chunkSize: 64 * 1024, maxConcurrency: 5 });
      assert.equal(fingerprint(await bytesOf(file)), fingerprint(bytes));
    },
  },
  {
    promise: 'makes the directories above a file, and none under a file',
    async verify(place) {
      await put(place, 'a/b/file', 'x');
      const names = (await listed(place)).map(({ name, isDirectory }) => [name, isDirectory]);
      assert.deepEqual(names, [
        ['a', true],
        ['a/b', true],
        ['a/b/file', false],
      ]);
      assert.equal(await refusal(fileOf(place, 'a/b/file/below').create()), '409 PathConflict');
    },
  },
];
