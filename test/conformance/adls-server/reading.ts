/** Files and directories that are read and asked about. */
import assert from 'node:assert/strict';
import type { DataLakeFileClient } from '@azure/storage-file-datalake';
import type { AdlsServerCheck } from './place.ts';
import { fileOf, listed, put, refusal, text } from './requests.ts';

export const readingChecks: readonly AdlsServerCheck[] = [
  {
    promise: 'lists the ETag that a file has, without its quotes',
    async verify(place) {
      const file = await put(place, 'file', 'one');
      const [{ etag } = {}] = await listed(place);
      assert.equal(`"${etag ?? ''}"`, (await file.getProperties()).etag);
    },
  },
  {
    promise: 'tells a path that is not there from a file system that is not there',
    async verify(place) {
      const nothing = fileOf(place, 'nothing');
      const nowhere = place.service.getFileSystemClient('no-such-container-anywhere').getFileClient('file');
      for (const request of [
        (file: DataLakeFileClient) => file.append('x', 0, 1),
        (file: DataLakeFileClient) => file.flush(0),
        (file: DataLakeFileClient) => file.delete(),
        (file: DataLakeFileClient) => file.getAccessControl(),
      ]) {
        assert.equal(await refusal(request(nothing)), '404 PathNotFound');
        assert.equal(await refusal(request(nowhere)), '404 FilesystemNotFound');
      }
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
    promise: 'lets nobody write who has not its key',
    async verify(place) {
      await put(place, 'file', 'secret');
      const file = place.stranger.getFileClient(`${place.directory}/file`);
      assert.equal(await refusal(file.create()), '403 AuthenticationFailed');
      assert.equal(await text(fileOf(place, 'file')), 'secret');
    },
  },
];
