/** S3 services that the streams are held against, each with a client of AWS' own to arrange and to look. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NoSuchUpload,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { PartLimits } from '../../../src/core/part-plan.ts';
import type { Leftover } from '../../../src/core/settlement.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';

export interface S3Service extends AsyncDisposable {
  readonly settings: S3Settings;
  readonly bucket: string;
  /** Begins every key that is used; ends with `/`. */
  readonly prefix: string;
  /** Where bytes can be intercepted; undefined behind TLS. */
  readonly address?: { readonly host: string; readonly port: number };
  /** The smallest part that the service takes, in bytes. */
  readonly minPartSize: number;
  /** Where they are not those of S3. */
  readonly limits?: PartLimits;
  /** Uploads of this key that are neither completed nor aborted. */
  openUploads(key: string): Promise<number>;
}

/** The SDK's client for the service, with its own retries. */
export function arrangingClient({ settings }: Pick<S3Service, 'settings'>): S3Client {
  const { region = 'us-east-1', endpointUrl, credentials } = settings;
  return new S3Client({
    region,
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials: withToken(credentials) }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

export async function putBytes(client: S3Client, bucket: string, key: string, bytes: Buffer): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentLength: bytes.length }));
}

/** The bytes of an object, or undefined where there is none. */
export async function getBytes(client: S3Client, bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** Uploads of one key, as the service lists them. Some services list only by a whole key. */
export async function listedUploads(client: S3Client, bucket: string, key: string): Promise<readonly string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }));
  return Uploads.flatMap(({ Key, UploadId }) => (Key === key && UploadId !== undefined ? [UploadId] : []));
}

/** Removes every object under `prefix`. */
export async function removeObjects(client: S3Client, bucket: string, prefix: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    if (Contents.length === 0) return;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    if (Errors.length > 0) throw new Error(`${Errors.length} objects under ${prefix} could not be deleted`);
  }
}

/** Removes the upload that a stream has said may remain. One that is gone already is no matter. */
export async function removeUpload(client: S3Client, leftover: Leftover): Promise<void> {
  const { bucket, key, uploadId } = leftover;
  if (uploadId === undefined) return;
  const target = { Bucket: String(bucket), Key: String(key), UploadId: String(uploadId) };
  await client.send(new AbortMultipartUploadCommand(target)).catch((error: unknown) => {
    if (!(error instanceof NoSuchUpload)) throw error;
  });
}

function withToken({ accessKeyId, secretAccessKey, sessionToken }: NonNullable<S3Settings['credentials']>) {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
