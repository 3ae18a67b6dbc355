/** Calls about one object: what it is, what it holds, that it goes. */
import * as v from 'valibot';
import { text } from '../../../config/schema.ts';
import { bytesHere, writeAll } from '../../../core/whole-stream.ts';
import type { ByteInput } from '../../../core/whole-stream.ts';
import { connectorError } from '../../../errors.ts';
import type { OwnClient } from '../stream-options.ts';
import { objectInfo } from '../object-info.ts';
import type { ObjectInfo, S3ObjectResult } from '../object-info.ts';
import { objectSinkFor } from '../object-sink.ts';
import type { S3WriteOptions } from '../object-sink.ts';
import { callShape, checkTarget, checkedOptions } from '../options.ts';
import { clientCall, settingsOf } from './client-call.ts';
import type { S3CallOptions } from './call-options.ts';

/** What a client has already. */
export type OwnedOptions<O> = Omit<O, 'client' | 'profile' | 'config'>;

export type PutObjectOptions = OwnedOptions<S3WriteOptions>;

/** Of one version, where the bucket has several. */
export interface VersionOptions extends S3CallOptions {
  readonly versionId?: string | undefined;
}

const versionSchema = v.object({ ...callShape, versionId: v.optional(text()) });

export async function putObject(
  client: OwnClient,
  bucket: string,
  key: string,
  body: ByteInput,
  options: PutObjectOptions,
): Promise<S3ObjectResult> {
  const bytes = bytesHere(body);
  const expectedBytes = bytes ?? options.expectedBytes;
  // How long a stream takes is for whoever feeds it.
  const timeout = options.timeout ?? (bytes === undefined ? undefined : settingsOf(client).timeouts.total);
  return writeAll(objectSinkFor('putObject', { ...options, expectedBytes, timeout, client, bucket, key }), body);
}

export async function headObject(
  client: OwnClient,
  bucket: string,
  key: string,
  options: VersionOptions,
): Promise<ObjectInfo> {
  const target = versionTarget(bucket, key, options, 'headObject');
  return clientCall(client, { operation: 'head_object', bucket, key }, options, async ({ send }) => {
    const head = await send((s3, cut) => s3.headObject(target, cut), 'read');
    const { ContentLength: size } = head;
    if (size === undefined) throw connectorError('SERVER_ERROR', 'S3 told of an object without its size');
    return [objectInfo(bucket, key, size, head), {}];
  });
}

export async function deleteObject(
  client: OwnClient,
  bucket: string,
  key: string,
  options: VersionOptions,
): Promise<void> {
  const target = versionTarget(bucket, key, options, 'deleteObject');
  await clientCall(client, { operation: 'delete_object', bucket, key }, options, async ({ send }) => {
    await send((s3, cut) => s3.deleteObject(target, cut), 'write');
    return [undefined, {}];
  });
}

function versionTarget(bucket: string, key: string, options: VersionOptions, method: string) {
  const { versionId: VersionId } = checkedOptions(versionSchema, options, method);
  checkTarget(bucket, key);
  return { Bucket: bucket, Key: key, VersionId };
}
