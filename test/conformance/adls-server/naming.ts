/** Renames, deletions, listings. */
import assert from 'node:assert/strict';
import type { AdlsServerCheck } from './place.ts';
import { fileOf, listed, put, refusal, text } from './requests.ts';

const NONE = { destinationConditions: { ifNoneMatch: '*' } };

export const namingChecks: readonly AdlsServerCheck[] = [
  {
    promise: 'renames a file over another, whose place it takes with its own ETag',
    async verify(place) {
      await put(place, 'new', 'old bytes');
      const file = await put(place, 'temporary', 'new bytes');
      const { etag } = await file.getProperties();
      await file.move(`${place.directory}/new`);
      const renamed = fileOf(place, 'new');
      assert.deepEqual([await text(renamed), (await renamed.getProperties()).etag], ['new bytes', etag]);
      assert.equal(await file.exists(), false);
    },
  },
  {
    promise: 'renames a file only where there is none, when it is asked to',
    async verify(place) {
      await put(place, 'there', 'kept');
      const file = await put(place, 'temporary', 'new');
      assert.equal(await refusal(file.move(`${place.directory}/there`, NONE)), '409 PathAlreadyExists');
      assert.deepEqual([await text(fileOf(place, 'there')), await text(file)], ['kept', 'new']);
      await file.move(`${place.directory}/free`, NONE);
      assert.equal(await text(fileOf(place, 'free')), 'new');
    },
  },
  {
    promise: 'renames only the state that is meant, and nothing that is not there',
    async verify(place) {
      const file = await put(place, 'file', 'x');
      const conditions = { ifMatch: '"0x8D0000000000000"' };
      const to = `${place.directory}/to`;
      assert.equal(await refusal(file.move(to, { conditions })), '412 SourceConditionNotMet');
      assert.equal(await refusal(fileOf(place, 'nothing').move(to)), '404 SourcePathNotFound');
      assert.equal(await refusal(file.move(`${place.directory}/no/parent`)), '404 RenameDestinationParentPathNotFound');
      assert.equal(await text(file), 'x');
    },
  },
  {
    promise: 'renames a directory with all that is in it, but not into itself nor over one with something in it',
    async verify(place) {
      await put(place, 'from/a/1', '1');
      await put(place, 'from/2', '2');
      await put(place, 'full/3', '3');
      const from = place.files.getDirectoryClient(`${place.directory}/from`);
      assert.equal(await refusal(from.move(`${place.directory}/from/a/b`)), '409 InvalidRenameSourcePath');
      assert.equal(await refusal(from.move(`${place.directory}/full`)), '409 PathAlreadyExists');
      await from.move(`${place.directory}/to`);
      const names = (await listed(place)).map(({ name }) => name).sort();
      assert.deepEqual(names, ['full', 'full/3', 'to', 'to/2', 'to/a', 'to/a/1']);
      assert.equal(await text(fileOf(place, 'to/a/1')), '1');
    },
  },
  {
    promise: 'lists every path once, on pages of any size',
    async verify(place) {
      const names = ['a-1', 'a', 'a/1', 'a/2', 'a.b', 'b', 'b/c', 'b/c/1', 'ü', '10', '9'];
      for (const name of names.filter((one) => !['a', 'b', 'b/c'].includes(one))) await put(place, name, name);
      for (const pageSize of [1, 2, 3, 100]) {
        const found = (await listed(place, { pageSize })).map(({ name }) => name);
        assert.deepEqual(found.toSorted(), names.toSorted());
      }
      const [file] = (await listed(place)).filter(({ name }) => name === 'a/1');
      assert.deepEqual([file?.contentLength, file?.isDirectory], [3, false]);
    },
  },
  {
    promise: 'lists the children of a directory alone, page by page',
    async verify(place) {
      for (const name of ['a/1', 'a/b/2', 'a/b/3', 'a/c', 'd']) await put(place, name, '');
      for (const pageSize of [1, 2, 10]) {
        const children = async (below?: string) => {
          const found = await listed(place, { recursive: false, pageSize, ...(below === undefined ? {} : { below }) });
          return found.map(({ name }) => name).sort();
        };
        assert.deepEqual(await children(), ['a', 'd']);
        assert.deepEqual(await children('a'), ['a/1', 'a/b', 'a/c']);
      }
    },
  },
  {
    promise: 'keeps paths apart whose names hold odd characters',
    async verify(place) {
      const names = ["it's", 'a%2Fb', 'a b', 'a+b', '100%', 'q?', 'h#', 'k=v&w', 'ü', 'u\u0308', '😀', 'Case', 'case'];
      for (const name of names) await put(place, name, `bytes of ${name}`);
      for (const name of names) assert.equal(await text(fileOf(place, name)), `bytes of ${name}`);
      const found = (await listed(place, { pageSize: 5 })).map(({ name }) => name);
      assert.deepEqual(found.toSorted(), names.toSorted());
      // The SDK takes the name to move to as part of a URL.
      const name = '50% & ü? #+';
      await fileOf(place, '100%').move(`${place.directory}/${encodeURIComponent(name)}`);
      assert.equal(await text(fileOf(place, name)), 'bytes of 100%');
    },
  },
  {
    promise: 'deletes a directory that has something in it only when it is asked to',
    async verify(place) {
      await put(place, 'folder/a/1', '1');
      await put(place, 'folder/2', '2');
      await put(place, 'folder-2', 'another');
      const folder = place.files.getDirectoryClient(`${place.directory}/folder`);
      assert.equal(await refusal(folder.delete(false)), '409 DirectoryNotEmpty');
      await folder.delete(true);
      assert.deepEqual(
        (await listed(place)).map(({ name }) => name),
        ['folder-2'],
      );
      assert.equal((await folder.deleteIfExists(true)).succeeded, false);
    },
  },
];
