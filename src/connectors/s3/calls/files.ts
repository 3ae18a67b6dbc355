/** Local files to objects and back, each a call around the stream that moves the bytes. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { call } from '../../../core/call.ts';
import { classifyFileError } from '../../../core/file-errors.ts';
import { FileParts } from '../../../core/file-parts.ts';
import { writeWhole } from '../../../core/partial-file.ts';
import { resultOf } from '../../../core/whole-stream.ts';
import { ConnectorError, asFailureOf, connectorError } from '../../../errors.ts';
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
  return call(callInfo(client, subject), boundsOf(options), classifier(subject), async ({ operation }) => {
    // A pipe without a writer would keep whoever opens it waiting.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const before = await file.stat({ bigint: true });
      if (!before.isFile()) throw connectorError('CONFIG_INVALID', 'what is to be uploaded is no regular file');
      const target = { client, bucket, key, expectedBytes: Number(before.size) };
      const sink = operation.within(() =>
        objectSinkFor('uploadFile', { ...options, ...target }, (parts) => new FileParts(parts, file, before)),
      );
      const result = await resultOf(sink, finished(sink.end()));
      return [result, { bytes: result.bytes }];
    } finally {
      await file.close();
    }
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
  return call(callInfo(client, subject), boundsOf(options), classifier(subject), async ({ operation, deadline }) => {
    const source = operation.within(() => objectSourceFor('downloadFile', { ...options, client, bucket, key }));
    // Whoever reads it is told; while the file is opened, nobody does.
    source.on('error', () => undefined);
    try {
      // No file is made for an object that cannot be read.
      const object = await source.info;
      await writeWhole(path, source as AsyncIterable<Uint8Array>, () => deadline.enter('commit'));
      return [object, { bytes: object.size }];
    } finally {
      source.destroy();
      await source.settled;
    }
  });
}

function boundsOf({ signal, timeout }: Pick<UploadFileOptions, 'signal' | 'timeout'>) {
  return { signal, timeout };
}

/** The stream's own error, or that of a local file, as one of the whole call. */
function classifier({ operation, bucket = '', key = '' }: CallSubject) {
  return (error: unknown): ConnectorError => {
    if (error instanceof ConnectorError) return asFailureOf(operation, error);
    return aboutObject(classifyFileError(error) ?? classifyS3Error(error), bucket, key);
  };
}
