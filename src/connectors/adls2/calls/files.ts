/** Local files to files of the account and back, each a call around the stream that moves the bytes. */
import { call } from '../../../core/call.ts';
import { localFailure, receiveFile, sendFile } from '../../../core/local-transfer.ts';
import type { OwnClient } from '../stream-options.ts';
import { aboutPath, classifyAdlsError } from '../errors.ts';
import { fileSinkFor } from '../file-sink.ts';
import { fileSourceFor } from '../file-source.ts';
import type { AdlsFileResult, PathInfo } from '../path-info.ts';
import { checkTarget } from '../target.ts';
import type { DownloadOptions, UploadBytesOptions } from './bytes.ts';
import { callInfo } from './client-call.ts';

export type UploadFileOptions = Omit<UploadBytesOptions, 'expectedBytes'>;

export type DownloadFileOptions = Omit<DownloadOptions, 'start' | 'end'>;

export async function uploadFile(
  client: OwnClient,
  file: string,
  container: string,
  path: string,
  options: UploadFileOptions,
): Promise<AdlsFileResult> {
  checkTarget(container, path);
  const { info, bounds, failure } = fileCall('upload_file', client, container, path, options);
  return call(info, bounds, failure, async ({ operation }) => {
    const result = await sendFile<AdlsFileResult>(file, (expectedBytes, feed) => {
      const target = { client, container, path, expectedBytes };
      return operation.within(() => fileSinkFor('uploadFile', { ...options, ...target }, { feed }));
    });
    return [result, { bytes: result.bytes }];
  });
}

export async function downloadFile(
  client: OwnClient,
  container: string,
  path: string,
  file: string,
  options: DownloadFileOptions,
): Promise<PathInfo> {
  checkTarget(container, path);
  const { info, bounds, failure } = fileCall('download_file', client, container, path, options);
  return call(info, bounds, failure, async ({ operation, deadline }) => {
    const target = { client, container, path };
    const source = operation.within(() => fileSourceFor('downloadFile', { ...options, ...target }));
    const stored = await receiveFile(source, file, () => deadline.enter('commit'));
    return [stored, { bytes: stored.size }];
  });
}

function fileCall(
  operation: string,
  client: OwnClient,
  container: string,
  path: string,
  { signal, timeout }: Pick<UploadFileOptions, 'signal' | 'timeout'>,
) {
  const about = (error: unknown) => aboutPath(classifyAdlsError(error), container, path);
  return {
    info: callInfo(client, { operation, container, path }),
    bounds: { signal, timeout },
    failure: localFailure(operation, about),
  };
}
