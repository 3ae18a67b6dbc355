/** Whole files as bytes: the streams, awaited. */
import * as v from 'valibot';
import { size } from '../../../config/schema.ts';
import type { Size } from '../../../core/size.ts';
import { bytesHere, writeAll } from '../../../core/whole-stream.ts';
import type { ByteInput } from '../../../core/whole-stream.ts';
import { connectorError } from '../../../errors.ts';
import type { OwnClient } from '../stream-options.ts';
import { aboutPath } from '../errors.ts';
import { fileSinkFor } from '../file-sink.ts';
import type { AdlsWriteOptions } from '../file-sink.ts';
import { fileSourceFor } from '../file-source.ts';
import type { AdlsFileSource, AdlsFileSourceOptions } from '../file-source.ts';
import { adlsOptions } from '../options.ts';
import type { OwnedOptions } from './call-options.ts';
import { settingsOf } from './client-call.ts';

export type UploadBytesOptions = OwnedOptions<AdlsWriteOptions>;

/** All of a file, or some of it. */
export interface DownloadOptions extends Omit<OwnedOptions<AdlsFileSourceOptions>, 'container' | 'path' | 'range'> {
  /** Offset of the first byte, from 0. Default 0. */
  readonly start?: number | undefined;
  /** Offset of the last byte, which is one of them. Default: that of the file; one past it is cut to it. */
  readonly end?: number | undefined;
}

export interface DownloadBytesOptions extends DownloadOptions {
  /** More than that is refused before any of it is read: `TOO_LARGE`. Default 1 GiB. */
  readonly maxBytes?: Size | undefined;
}

const MAX_BYTES = 1024 * 1024 * 1024;

const limitSchema = v.object({ maxBytes: v.optional(size('maxBytes'), MAX_BYTES) });

export async function uploadBytes(
  client: OwnClient,
  container: string,
  path: string,
  body: ByteInput,
  options: UploadBytesOptions,
): Promise<string> {
  const bytes = bytesHere(body);
  const expectedBytes = bytes ?? options.expectedBytes;
  // How long a stream takes is for whoever feeds it.
  const timeout = options.timeout ?? (bytes === undefined ? undefined : settingsOf(client).timeouts.operation);
  const target = { client, container, path };
  const { etag } = await writeAll(fileSinkFor('uploadBytes', { ...options, expectedBytes, timeout, ...target }), body);
  return etag;
}

export function downloadStream(
  caller: string,
  client: OwnClient,
  container: string,
  path: string,
  { start, end, ...options }: DownloadOptions,
): AdlsFileSource {
  const range = start === undefined && end === undefined ? undefined : { start, end };
  return fileSourceFor(caller, { ...options, range, client, container, path });
}

export async function downloadBytes(
  client: OwnClient,
  container: string,
  path: string,
  { maxBytes: limit, ...options }: DownloadBytesOptions,
): Promise<Buffer> {
  const { maxBytes } = adlsOptions(limitSchema, { maxBytes: limit }, 'downloadBytes');
  const timeout = options.timeout ?? settingsOf(client).timeouts.operation;
  const source = downloadStream('downloadBytes', client, container, path, { ...options, timeout });
  // Whoever reads it is told; between the first answer and the first read, nobody does.
  source.on('error', () => undefined);
  try {
    const info = await source.info;
    const { start = 0, end = Infinity } = options;
    const length = Math.min(info.size, end + 1) - start;
    if (length > maxBytes) {
      const message = `${length} bytes are more than the ${maxBytes} of maxBytes; read them as a stream`;
      throw aboutPath(connectorError('TOO_LARGE', message, { connector: 'adls2' }), container, path);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of source as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  } finally {
    source.destroy();
    await source.settled;
  }
}
