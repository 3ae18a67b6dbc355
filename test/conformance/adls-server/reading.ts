/** Files and directories that are read and asked about. */
import assert from 'node:assert/strict';
import type { DataLakeFileClient } from '@azure/storage-file-datalake';
import { sample } from '../sample.ts';
import type { AdlsServerCheck } from './place.ts';
import { fileOf, listed, put, refusal, text } from './requests.ts';

export const readingChecks: readonly AdlsServerCheck[] = [
  {
    promise: 'reads just the range that is asked for',
    async verify(place) {
      const bytes = sample(10_000);
      const file = await put(place, 'file', bytes);
      for (const [start, end] of [
        [0, 1],
        [100, 300],
        [9_999, 10_000],
        [9_000, 20_000],
      ] as const) {
        const read = await file.readToBuffer(start, Math.min(end, bytes.length) - start);
        assert.ok(read.equals(bytes.subarray(start, end)));
      }
      const { contentRange, contentLength, _response } = await file.read(9_000, 20_000);
      assert.deepEqual([_response.status, contentRange, contentLength], [206, 'bytes 9000-9999/10000', 1_000]);
    },
  },
  {
    promise: 'refuses ranges that begin at the end or beyond it, and any range of an empty file',
    async verify(place) {
      const file = await put(place, 'file', 'four');
      const empty = await put(place, 'empty', '');
      for (const [one, at] of [
        [file, 4],
        [file, 5],
      ] as const) {
        assert.equal(await refusal(one.read(at)), '416 InvalidRange');
      }
      assert.equal(await refusal(empty.read(0, 1)), '416 InvalidRange');
    },
  },
  {
    promise: 'has one ETag for a state of a file in every answer, and another for the next',
    async verify(place) {
      const file = await put(place, 'file', 'one');
      const { etag } = await file.getProperties();
      assert.match(etag ?? '', /^"0x[0-9A-F]+"$/);
      assert.equal((await file.read()).etag, etag);
      const [{ etag: shown } = {}] = await listed(place);
      assert.equal(`"${shown ?? ''}"`, etag);
      await file.setMetadata({ another: 'state' });
      assert.notEqual((await file.getProperties()).etag, etag);
    },
  },
  {
    promise: 'tells on either side a path that is not there from a container that is not there',
    async verify(place) {
      const nothing = fileOf(place, 'nothing');
      const nowhere = place.service.getFileSystemClient('no-such-container-anywhere').getFileClient('file');
      assert.equal(await refusal(nothing.read()), '404 BlobNotFound');
      assert.equal(await refusal(nowhere.read()), '404 ContainerNotFound');
      for (const request of [
        (file: DataLakeFileClient) => file.append('x', 0, 1),
        (file: DataLakeFileClient) => file.flush(0),
        (file: DataLakeFileClient) => file.delete(),
        (file: DataLakeFileClient) => file.getAccessControl(),
      ]) {
        assert.equal(await refusal(request(nothing)), '404 PathNotFound');
        assert.equal(await refusal(request(nowhere)), '404 FilesystemNotFound');
      }
      assert.equal(await nothing.exists(), false);
      assert.equal(await refusal(listed(place, { below: 'nothing' })), '404 PathNotFound');
    },
  },
  {
    promise: 'shows a directory as one, without bytes',
    async verify(place) {
      const directory = place.files.getDirectoryClient(`${place.directory}/folder`);
      await directory.create();
      const { contentLength, metadata } = await directory.getProperties();
      assert.deepEqual([contentLength, metadata], [0, { hdi_isfolder: 'true' }]);
      const [entry] = await listed(place);
      assert.deepEqual([entry?.name, entry?.isDirectory, entry?.contentLength], ['folder', true, 0]);
    },
  },
  {
    promise: 'replaces metadata and content headers as a whole',
    async verify(place) {
      const file = await put(place, 'file', 'bytes');
      await file.setMetadata({ one: '1', two: '2' });
      await file.setMetadata({ three: '3' });
      await file.setHttpHeaders({ contentType: 'text/csv', cacheControl: 'no-store' });
      await file.setHttpHeaders({ contentType: 'text/plain' });
      const { metadata, contentType, cacheControl } = await file.getProperties();
      assert.deepEqual([metadata, contentType, cacheControl], [{ three: '3' }, 'text/plain', undefined]);
      assert.equal(await text(file), 'bytes');
    },
  },
  {
    promise: 'keeps the permissions and the access control list of a path',
    async verify(place) {
      const file = await put(place, 'file', 'bytes');
      await file.setPermissions({
        owner: { read: true, write: true, execute: false },
        group: { read: true, write: false, execute: false },
        other: { read: false, write: false, execute: false },
        stickyBit: false,
        extendedAcls: false,
      });
      const { permissions, acl } = await file.getAccessControl();
      assert.equal(permissions?.owner.write, true);
      assert.equal(permissions.other.read, false);
      assert.deepEqual(
        acl.map(({ accessControlType }) => accessControlType),
        ['user', 'group', 'other'],
      );
    },
  },
  {
    promise: 'refuses whoever has not its key',
    async verify(place) {
      await put(place, 'file', 'secret');
      const file = place.stranger.getFileClient(`${place.directory}/file`);
      assert.equal(await refusal(file.read()), '403 AuthenticationFailed');
      assert.equal(await refusal(file.create()), '403 AuthenticationFailed');
      assert.equal(await text(fileOf(place, 'file')), 'secret');
    },
  },
];
