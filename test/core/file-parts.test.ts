import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { FileParts } from '../../src/core/file-parts.ts';
import type { ReadableFile } from '../../src/core/file-parts.ts';
import { Upload, openUpload, patterned } from './memory-upload.ts';

const PART = 10;

describe('a file that is sent in parts', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'parts-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('is read in as many places at once as parts may be under way, within the memory of a sink', async () => {
    const bytes = patterned(6 * PART + 1);
    const name = path.join(folder, 'file');
    await writeFile(name, bytes);
    await using handle = await open(name);
    const three = Promise.withResolvers<undefined>();
    let reading = 0;
    // A reader in order would wait for ever: the first three reads wait for each other.
    const file = {
      stat: handle.stat.bind(handle),
      async read(into: Buffer, at: number, length: number, position: number) {
        if ((reading += 1) === 3) three.resolve(undefined);
        await three.promise;
        return handle.read(into, at, length, position);
      },
    } as unknown as ReadableFile;
    const upload = new Upload();
    const before = await handle.stat({ bigint: true });
    const sizes = { partSize: PART, concurrency: 3, maxBufferedBytes: 4 * PART };
    const sink = openUpload(upload, sizes, {}, (parts) => new FileParts(parts, file, before));
    await finished(sink.end());
    assert.equal(upload.object?.equals(bytes), true);
    assert.ok(upload.mostRunning <= 3 && upload.most <= sizes.maxBufferedBytes);
    assert.deepEqual([sink.result?.parts, sink.progress.bytes], [7, bytes.length]);
  });

  it('fails with the error of a read, and removes what was sent', async () => {
    await using handle = await open(import.meta.filename);
    const upload = new Upload();
    const error = Object.assign(new Error('EIO'), { code: 'EIO', errno: -5, syscall: 'read' });
    const file = { read: () => Promise.reject(error) } as unknown as ReadableFile;
    const before = await handle.stat({ bigint: true });
    const sizes = { partSize: PART, concurrency: 3, maxBufferedBytes: 4 * PART };
    const sink = openUpload(upload, sizes, {}, (parts) => new FileParts(parts, file, before));
    await assert.rejects(finished(sink.end()), { code: 'FILE_FAILED' });
    const { outcome, cleanup } = await sink.settled;
    assert.deepEqual([outcome, cleanup, upload.object, upload.running], ['not-done', 'confirmed', undefined, 0]);
  });
});
