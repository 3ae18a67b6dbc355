/** Local files to objects and back, each a call around the stream that moves the bytes. */
import { call } from '../../../core/call.ts';
import { localFailure, receiveFile, sendFile } from '../../../core/local-transfer.ts';
import type { OwnClient } from '../stream-options.ts';
import { aboutObject, classifyS3Error } from '../errors.ts';
import type { ObjectInfo, S3ObjectResult } from '../object-info.ts';
import { objectSinkFor } from '../object-sink.ts';
import { objectSourceFor } from '../object-source.ts';
import type { S3ObjectSourceOptions } from '../object-source.ts';
import { checkTarget } from '../options.ts';
import { callInfo } from './client-call.ts';
import type { CallSubject } from './client-call.ts';
import type { OwnedOptions, PutObjectOptions } from './objects.ts';

export type UploadFileOptions = Omit<PutObjectOptions, 'expectedBytes'>;

export type DownloadFileOptions = Omit<OwnedOptions<S3ObjectSourceOptions>, 'bucket' | 'key' | 'range'>;

export async function uploadFile(
  client: OwnClient,
  path: string,
  bucket: string,
  key: string,
  options: UploadFileOptions,
): Promise<S3ObjectResult> {
  checkTarget(bucket, key);
  const subject = { operation: 'upload_file', bucket, key };
  return call(callInfo(client, subject), boundsOf(options), failureOf(subject), async ({ operation }) => {
    const result = await sendFile<S3ObjectResult>(path, (expectedBytes, feed) => {
      const target = { client, bucket, key, expectedBytes };
      return operation.within(() => objectSinkFor('uploadFile', { ...options, ...target }, feed));
    });
    return [result, { bytes: result.bytes }];
  });
}

export async function downloadFile(
  client: OwnClient,
  bucket: string,
  key: string,
  path: string,
  options: DownloadFileOptions,
): Promise<ObjectInfo> {
  checkTarget(bucket, key);
  const subject = { operation: 'download_file', bucket, key };
  return call(callInfo(client, subject), boundsOf(options), failureOf(subject), async ({ operation, deadline }) => {
    const source = operation.within(() => objectSourceFor('downloadFile', { ...options, client, bucket, key }));
    const object = await receiveFile(source, path, () => deadline.enter('commit'));
    return [object, { bytes: object.size }];
  });
}

function boundsOf({ signal, timeout }: Pick<UploadFileOptions, 'signal' | 'timeout'>) {
  return { signal, timeout };
}

function failureOf({ operation, bucket = '', key = '' }: CallSubject) {
  return localFailure(operation, (error) => aboutObject(classifyS3Error(error), bucket, key));
}
