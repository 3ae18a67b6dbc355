import assert from 'node:assert/strict';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type {
  BucketVersioningStatus,
  ListObjectVersionsCommandOutput,
  ListObjectsV2CommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { element, send } from './raw-client.ts';
import { bytesOf, sdkClient } from './sdk-client.ts';

describe('S3 server: buckets', () => {
  const Bucket = 'bucket';
  let server: S3Server;
  let client: S3Client;

  beforeEach(async () => {
    server = await startS3Server({ region: 'eu-central-1', buckets: [Bucket] });
    client = sdkClient(server);
  });

  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  const list = async (
    options: Partial<ListObjectsV2CommandInput>,
  ): Promise<{ keys: unknown[]; prefixes: unknown[]; truncated: boolean | undefined; next: string | undefined }> => {
    const page = await client.send(new ListObjectsV2Command({ Bucket, ...options }));
    return {
      keys: (page.Contents ?? []).map(({ Key }) => Key),
      prefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      truncated: page.IsTruncated,
      next: page.NextContinuationToken,
    };
  };

  it('creates, finds, lists and deletes buckets', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'second' }));
    assert.deepEqual(
      (await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
      [Bucket, 'second'],
    );
    assert.equal((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion, 'eu-central-1');
    const location = await client.send(new GetBucketLocationCommand({ Bucket }));
    assert.equal(location.LocationConstraint, 'eu-central-1');
    await assert.rejects(client.send(new CreateBucketCommand({ Bucket })), { name: 'BucketAlreadyOwnedByYou' });
    await assert.rejects(client.send(new CreateBucketCommand({ Bucket: 'No_Bucket' })), { name: 'InvalidBucketName' });
    server.putObject(Bucket, 'key', '');
    await assert.rejects(client.send(new DeleteBucketCommand({ Bucket })), { name: 'BucketNotEmpty' });
    await client.send(new DeleteBucketCommand({ Bucket: 'second' }));
    await assert.rejects(client.send(new HeadBucketCommand({ Bucket: 'second' })), { name: 'NotFound' });
    await assert.rejects(client.send(new ListObjectsV2Command({ Bucket: 'second' })), { name: 'NoSuchBucket' });
  });

  it('says so when it does not know an operation', async () => {
    const reply = await send(server, { path: '/bucket', query: { lifecycle: '' } });
    assert.deepEqual([reply.status, element(reply, 'Code')], [501, 'NotImplemented']);
    assert.equal(server.operations[0]?.operation, 'Unsupported');
  });

  it('lists by prefix and delimiter, a common prefix counting as one', async () => {
    for (const key of ['a', 'b/1', 'b/2', 'b/c/3', 'd/4', 'e']) server.putObject(Bucket, key, key);
    assert.deepEqual(await list({ Delimiter: '/' }), {
      keys: ['a', 'e'],
      prefixes: ['b/', 'd/'],
      truncated: false,
      next: undefined,
    });
    assert.deepEqual((await list({ Prefix: 'b/', Delimiter: '/' })).prefixes, ['b/c/']);
    assert.deepEqual((await list({ StartAfter: 'b/2' })).keys, ['b/c/3', 'd/4', 'e']);
    assert.deepEqual((await list({ MaxKeys: 0 })).keys, []);
    const first = await list({ Delimiter: '/', MaxKeys: 2 });
    assert.deepEqual([first.keys, first.prefixes, first.truncated], [['a'], ['b/'], true]);
    const second = await list({ Delimiter: '/', MaxKeys: 2, ContinuationToken: first.next });
    assert.deepEqual([second.keys, second.prefixes, second.truncated], [['e'], ['d/'], false]);
    await assert.rejects(list({ ContinuationToken: 'made up' }), { name: 'InvalidArgument' });
  });

  it('lists in the order of UTF-8, not of UTF-16', async () => {
    const keys = ['\uE000', '\u{10000}', 'z', '\uFFFD'];
    for (const key of keys) server.putObject(Bucket, key, key);
    assert.deepEqual((await list({})).keys, ['z', '\uE000', '\uFFFD', '\u{10000}']);
  });

  it('lists the old way with markers, and encodes names when asked', async () => {
    for (const key of ['a b', 'b+c/d', 'c']) server.putObject(Bucket, key, key);
    const page = await client.send(new ListObjectsCommand({ Bucket, MaxKeys: 2, EncodingType: 'url', Delimiter: '/' }));
    assert.deepEqual(
      page.Contents?.map(({ Key }) => Key),
      ['a+b'],
    );
    assert.deepEqual(
      page.CommonPrefixes?.map(({ Prefix }) => Prefix),
      ['b%2Bc/'],
    );
    assert.equal(page.NextMarker, 'b%2Bc/');
    const rest = await client.send(new ListObjectsCommand({ Bucket, Marker: 'b+c/', Delimiter: '/' }));
    assert.deepEqual(
      rest.Contents?.map(({ Key }) => Key),
      ['c'],
    );
  });

  describe('with versions', () => {
    const version = async (Status: BucketVersioningStatus): Promise<void> => {
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    };
    const put = async (Key: string, Body: string): Promise<string | undefined> =>
      (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
    const get = async (Key: string, VersionId?: string): Promise<string> =>
      (await bytesOf(await client.send(new GetObjectCommand({ Bucket, Key, VersionId })))).toString();

    it('keeps what is overwritten and deleted', async () => {
      assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
      assert.equal(await put('key', 'before'), undefined);
      await version('Enabled');
      assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled');
      const one = await put('key', 'one');
      const two = await put('key', 'two');
      assert.ok(one && two);
      assert.deepEqual([await get('key'), await get('key', one), await get('key', 'null')], ['two', 'one', 'before']);
      const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'key' }));
      assert.equal(marker.DeleteMarker, true);
      await assert.rejects(get('key'), { name: 'NoSuchKey' });
      await assert.rejects(get('key', marker.VersionId), { name: 'MethodNotAllowed' });
      await assert.rejects(get('key', '0'.repeat(32)), { name: 'NoSuchVersion' });
      await assert.rejects(get('key', 'nonsense'), { name: 'InvalidArgument' });
      assert.deepEqual((await list({})).keys, []);
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'key', VersionId: marker.VersionId }));
      assert.equal(await get('key'), 'two');
    });

    it('replaces the null version while suspended', async () => {
      await version('Enabled');
      await put('key', 'kept');
      await version('Suspended');
      assert.equal(await put('key', 'first'), 'null');
      assert.equal(await put('key', 'second'), 'null');
      const all = await client.send(new ListObjectVersionsCommand({ Bucket }));
      assert.deepEqual(
        all.Versions?.map(({ IsLatest }) => IsLatest),
        [true, false],
      );
    });

    it('pages versions and delete markers', async () => {
      await version('Enabled');
      for (const key of ['a', 'a', 'b/1', 'b/2', 'c']) await put(key, key);
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
      const seen: (string | undefined)[] = [];
      let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
      while (markers !== undefined) {
        const page: ListObjectVersionsCommandOutput = await versions(markers);
        seen.push(
          ...(page.Versions ?? []).map(({ Key }) => Key),
          ...(page.DeleteMarkers ?? []).map(({ Key }) => `-${Key ?? ''}`),
        );
        const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
        markers = page.IsTruncated === true ? { KeyMarker, VersionIdMarker } : undefined;
      }
      assert.deepEqual(
        seen,
        ['a', 'a', 'b/1', 'b/2', 'c', '-c'].toSorted((x, y) => order(x) - order(y)),
      );
      const rolled = await client.send(new ListObjectVersionsCommand({ Bucket, Delimiter: '/' }));
      assert.deepEqual(
        rolled.CommonPrefixes?.map(({ Prefix }) => Prefix),
        ['b/'],
      );
    });

    const versions = (markers: object): Promise<ListObjectVersionsCommandOutput> =>
      client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1, ...markers }));
    const order = (name: string): number => ['a', 'b/1', 'b/2', '-c', 'c'].indexOf(name);
  });
});
