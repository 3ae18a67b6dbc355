import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client as AwsClient } from '@aws-sdk/client-s3';
import { connectors, s3 } from '../../../src/connectors/registry.ts';
import type { S3Client } from '../../../src/index.ts';
import { fauxqsService } from '../../conformance/subjects/s3-local.ts';
import { KEYS } from './awkward-keys.ts';

/** fauxqs writes them into its listings as they are, where XML makes line feeds of them. */
const UNLISTED = KEYS.filter((key) => key.includes('\r'));

describe('keys of S3 objects in a server that is not ours', () => {
  afterEach(() => connectors.reset());
  const listed = async (client: S3Client, bucket: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of client.listObjects(bucket)) keys.push(key);
    return keys;
  };

  it('are put, listed, read, copied by the AWS client and deleted byte for byte', async () => {
    await using service = await fauxqsService();
    const { bucket, settings } = service;
    const client = s3.client('default', settings);
    const native = (await client.native()) as unknown as AwsClient;
    await Promise.all(KEYS.map((key) => client.putObject(bucket, key, key)));
    const found = new Set(await listed(client, bucket));
    assert.equal(found.size, KEYS.length);
    assert.deepEqual(
      KEYS.filter((key) => !found.has(key)),
      UNLISTED,
    );
    const read = (key: string) => text(client.getObject(bucket, key, { verify: false }));
    const copied = KEYS.map(async (key, n) => {
      assert.equal(await read(key), key);
      const copy = { Bucket: bucket, Key: `copy/${n}`, CopySource: `${bucket}/${encodeURIComponent(key)}` };
      await native.send(new CopyObjectCommand(copy));
      assert.equal(await read(copy.Key), key);
      await client.deleteObject(bucket, key);
    });
    await Promise.all(copied);
    assert.equal(await client.deletePrefix(bucket, 'copy/'), KEYS.length);
    assert.deepEqual(await listed(client, bucket), []);
  });
});
