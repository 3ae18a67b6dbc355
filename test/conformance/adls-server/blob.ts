/** What is asked over the Blob protocol, which files of a Data Lake speak as well: any server of blobs answers it alike. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sample } from '../sample.ts';
import type { AdlsServerCheck } from './place.ts';
import { fileOf, put, refusal, text } from './requests.ts';

const OTHER = '"0x8D0000000000000"';

export const blobChecks: readonly AdlsServerCheck[] = [
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
    promise: 'refuses ranges that begin beyond the end',
    async verify(place) {
      const file = await put(place, 'file', 'four');
      assert.equal(await refusal(file.read(5)), '416 InvalidRange');
    },
  },
  {
    promise: 'refuses ranges that begin at the end, which is any range of an empty file',
    async verify(place) {
      const file = await put(place, 'file', 'four');
      const empty = await put(place, 'empty', '');
      assert.equal(await refusal(file.read(4)), '416 InvalidRange');
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
      await file.setMetadata({ another: 'state' });
      assert.notEqual((await file.getProperties()).etag, etag);
    },
  },
  {
    promise: 'tells a file that is not there from a container that is not there',
    async verify(place) {
      const nothing = fileOf(place, 'nothing');
      const nowhere = place.service.getFileSystemClient('no-such-container-anywhere').getFileClient('file');
      assert.equal(await refusal(nothing.read()), '404 BlobNotFound');
      assert.equal(await refusal(nowhere.read()), '404 ContainerNotFound');
      assert.equal(await nothing.exists(), false);
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
    promise: 'reads and describes only the state that is meant',
    async verify(place) {
      const file = await put(place, 'file', 'state');
      const wrong = { conditions: { ifMatch: OTHER } };
      assert.equal(await refusal(file.read(0, 5, wrong)), '412 ConditionNotMet');
      assert.equal(await refusal(file.setMetadata({}, wrong)), '412 ConditionNotMet');
      const { etag = '' } = await file.getProperties();
      await file.read(0, 5, { conditions: { ifMatch: etag } });
    },
  },
  {
    promise: 'reads only what is new to whoever knows a state',
    async verify(place) {
      const file = await put(place, 'file', 'state');
      const { etag = '', lastModified = new Date(0) } = await file.getProperties();
      assert.equal(await refusal(file.read(0, 5, { conditions: { ifNoneMatch: etag } })), '304 ConditionNotMet');
      const later = new Date(lastModified.getTime() + 60_000);
      const earlier = new Date(lastModified.getTime() - 60_000);
      assert.equal(await refusal(file.read(0, 5, { conditions: { ifModifiedSince: later } })), '304 ConditionNotMet');
      assert.equal(
        await refusal(file.read(0, 5, { conditions: { ifUnmodifiedSince: earlier } })),
        '412 ConditionNotMet',
      );
      await file.read(0, 5, { conditions: { ifModifiedSince: earlier, ifUnmodifiedSince: later } });
    },
  },
  {
    promise: 'lets nobody describe a file that is leased but who has the lease',
    async verify(place) {
      const file = await put(place, 'file', 'leased');
      const leaseId = randomUUID();
      const lease = file.getDataLakeLeaseClient(leaseId);
      await lease.acquireLease(15);
      assert.equal(await refusal(file.setMetadata({})), '412 LeaseIdMissing');
      await file.setMetadata({}, { conditions: { leaseId } });
      const other = file.getDataLakeLeaseClient(randomUUID());
      assert.equal(await refusal(other.acquireLease(15)), '409 LeaseAlreadyPresent');
      assert.equal(await text(file), 'leased');
      await lease.renewLease();
      await lease.releaseLease();
      await other.acquireLease(15);
      await other.releaseLease();
    },
  },
  {
    promise: 'makes, describes, lists and removes containers',
    async verify({ service }) {
      const name = `sluice-${randomUUID()}`;
      const container = service.getFileSystemClient(name);
      assert.equal(await container.exists(), false);
      await container.create({ metadata: { origin: 'here' } });
      try {
        assert.equal(await refusal(container.create()), '409 ContainerAlreadyExists');
        assert.equal((await container.createIfNotExists()).succeeded, false);
        assert.deepEqual((await container.getProperties()).metadata, { origin: 'here' });
        await container.setMetadata({ next: 'one' });
        const found: unknown[] = [];
        for await (const one of service.listFileSystems({ prefix: name, includeMetadata: true })) {
          found.push([one.name, one.metadata]);
        }
        assert.deepEqual(found, [[name, { next: 'one' }]]);
      } finally {
        await container.delete();
      }
      assert.equal((await container.deleteIfExists()).succeeded, false);
    },
  },
  {
    promise: 'lets nobody read who has not its key',
    async verify(place) {
      await put(place, 'file', 'secret');
      const file = place.stranger.getFileClient(`${place.directory}/file`);
      assert.equal(await refusal(file.read()), '403 AuthenticationFailed');
    },
  },
];
