/** The requests of the checks, and what a refusal says. */
import assert from 'node:assert/strict';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type {
  CompletedPart,
  GetObjectCommandInput,
  ListObjectsV2CommandInput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type { S3ServerPlace } from './place.ts';

export interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

/** An object of this place. */
export function target({ bucket, prefix }: S3ServerPlace, name: string): Target {
  return { Bucket: bucket, Key: `${prefix}${name}` };
}

export async function put(
  place: S3ServerPlace,
  name: string,
  body: Buffer | string,
  more: Partial<PutObjectCommandInput> = {},
): Promise<string> {
  const Body = Buffer.from(body);
  const input = { ...target(place, name), Body, ContentLength: Body.length, ...more };
  const { ETag } = await place.client.send(new PutObjectCommand(input));
  assert.ok(ETag !== undefined && ETag.length > 2, 'a put without an ETag');
  return ETag;
}

export async function get(place: S3ServerPlace, name: string, more: Partial<GetObjectCommandInput> = {}) {
  const answer = await place.client.send(new GetObjectCommand({ ...target(place, name), ...more }));
  return { ...answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) };
}

export function head(place: S3ServerPlace, name: string) {
  return place.client.send(new HeadObjectCommand(target(place, name)));
}

/** One page of what is under the place's prefix. */
export function page(place: S3ServerPlace, more: Partial<ListObjectsV2CommandInput> = {}) {
  return place.client.send(new ListObjectsV2Command({ Bucket: place.bucket, Prefix: place.prefix, ...more }));
}

/** Every key under the place's prefix, without it, page by page. */
export async function keys(place: S3ServerPlace, more: Partial<ListObjectsV2CommandInput> = {}): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const { Contents = [], NextContinuationToken } = await page(place, { ...more, ContinuationToken: token });
    for (const { Key = '' } of Contents) {
      const key = more.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key;
      found.push(key.slice(place.prefix.length));
    }
    assert.notEqual(NextContinuationToken ?? 'none', token, 'a page whose next page is itself');
    token = NextContinuationToken;
  } while (token !== undefined);
  return found;
}

export interface Upload extends Target {
  readonly UploadId: string;
}

export async function beginUpload(place: S3ServerPlace, name: string): Promise<Upload> {
  const at = target(place, name);
  const { UploadId = '' } = await place.client.send(new CreateMultipartUploadCommand(at));
  assert.notEqual(UploadId, '');
  return { ...at, UploadId };
}

export async function sendPart(
  { client }: S3ServerPlace,
  upload: Upload,
  number: number,
  body: Buffer | string,
): Promise<CompletedPart> {
  const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: number, Body: body }));
  assert.ok(ETag !== undefined, 'a part without an ETag');
  return { PartNumber: number, ETag };
}

export function complete(
  { client }: S3ServerPlace,
  upload: Upload,
  parts: CompletedPart[],
  more: { readonly IfNoneMatch?: string; readonly IfMatch?: string } = {},
) {
  return client.send(new CompleteMultipartUploadCommand({ ...upload, ...more, MultipartUpload: { Parts: parts } }));
}

/** `<status> <code>` of the refusal that `request` must be answered with. */
export async function refusal(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error !== undefined, 'it was accepted');
  if (!(error instanceof S3ServiceException)) throw error as Error;
  return `${error.$metadata.httpStatusCode ?? 0} ${error.name}`;
}
