/** The requests of the checks, and what a refusal says. */
import assert from 'node:assert/strict';
import { RestError } from '@azure/storage-file-datalake';
import type { DataLakeFileClient, Path } from '@azure/storage-file-datalake';
import type { AdlsServerPlace } from './place.ts';

/** A file of this place. */
export function fileOf({ files, directory }: AdlsServerPlace, name: string): DataLakeFileClient {
  return files.getFileClient(`${directory}/${name}`);
}

/** A new file with these bytes. */
export function put(place: AdlsServerPlace, name: string, bytes: Buffer | string): Promise<DataLakeFileClient> {
  return place.put(name, Buffer.from(bytes));
}

export async function append(file: DataLakeFileClient, text: Buffer | string, position: number): Promise<void> {
  const bytes = Buffer.from(text);
  await file.append(bytes, position, bytes.length);
}

export async function text(file: DataLakeFileClient): Promise<string> {
  return (await bytesOf(file)).toString();
}

/** The whole file. */
export async function bytesOf(file: DataLakeFileClient): Promise<Buffer> {
  const { readableStreamBody } = await file.read();
  assert.ok(readableStreamBody !== undefined);
  const chunks: Buffer[] = [];
  for await (const chunk of readableStreamBody) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Every path below the place's directory, or one in it, without that directory. */
export async function listed(
  { files, directory }: AdlsServerPlace,
  options: { readonly below?: string; readonly recursive?: boolean; readonly pageSize?: number } = {},
): Promise<Path[]> {
  const { below, recursive = true, pageSize = 1_000 } = options;
  const path = below === undefined ? directory : `${directory}/${below}`;
  const found: Path[] = [];
  for await (const page of files.listPaths({ path, recursive }).byPage({ maxPageSize: pageSize })) {
    assert.ok((page.pathItems?.length ?? 0) <= pageSize, 'a page that is too long');
    for (const item of page.pathItems ?? [])
      found.push({ ...item, name: item.name?.slice(directory.length + 1) ?? '' });
  }
  return found;
}

/** `<status> <code>` of the refusal that `request` must be answered with. */
export async function refusal(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error !== undefined, 'it was accepted');
  if (!(error instanceof RestError)) throw error as Error;
  // A reply without a body has its code in a header alone.
  return `${error.statusCode ?? 0} ${error.response?.headers.get('x-ms-error-code') ?? 'without a code'}`;
}
