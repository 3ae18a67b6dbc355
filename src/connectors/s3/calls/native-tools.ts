/** What packages of AWS do with the client of a profile: sign a request for somebody else, and lib-storage's upload. */
import * as v from 'valibot';
import { duration, text } from '../../../config/schema.ts';
import type { Duration } from '../../../core/duration.ts';
import { importPackage } from '../../../core/optional-package.ts';
import { connectorError } from '../../../errors.ts';
import type { OwnClient } from '../stream-options.ts';
import { nativeClient } from '../native.ts';
import { callShape, checkTarget, checkedOptions, streamProfile } from '../options.ts';
import { clientCall, settingsOf } from './client-call.ts';
import type { S3CallOptions } from './call-options.ts';

export interface PresignOptions extends S3CallOptions {
  /** What the URL is good for. Default `'get'`. */
  readonly method?: 'get' | 'put' | undefined;
  /** How long it is good, at most seven days, and no longer than the credentials that sign it. Default 15 minutes. */
  readonly expiresIn?: Duration | undefined;
  /** Of `get`. */
  readonly versionId?: string | undefined;
  /** Of `put`, which has to send it; of `get`, which is answered with it. */
  readonly contentType?: string | undefined;
}

/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports --
   without the packages these declarations compile all the same, and the types are `any` */
/** @ts-ignore */
export type NativeUpload = import('@aws-sdk/lib-storage').Upload;
/** @ts-ignore */
export type NativeUploadParams = import('@aws-sdk/client-s3').PutObjectCommandInput;
/** @ts-ignore */
export type NativeUploadOptions = Omit<import('@aws-sdk/lib-storage').Options, 'client' | 'params'>;
/* eslint-enable */

/** "Authenticating Requests: Using Query Parameters", `X-Amz-Expires`. */
const LONGEST_MS = 604_800_000;

const presignSchema = v.object({
  ...callShape,
  method: v.optional(v.picklist(['get', 'put']), 'get'),
  expiresIn: v.optional(
    v.pipe(
      duration('expiresIn'),
      v.check((ms) => ms >= 1_000 && ms <= LONGEST_MS, 'expected from 1 second to 7 days'),
    ),
    900_000,
  ),
  versionId: v.optional(text()),
  contentType: v.optional(text()),
});

export async function presign(
  client: OwnClient,
  bucket: string,
  key: string,
  options: PresignOptions,
): Promise<string> {
  const { method, expiresIn, versionId, contentType } = checkedOptions(presignSchema, options, 'presign');
  checkTarget(bucket, key);
  if (settingsOf(client).encryption?.customerKey !== undefined) {
    const message = 'presign: a URL cannot carry the customerKey of the profile';
    throw connectorError('CONFIG_INVALID', message, { connector: 's3', stage: 'configure' });
  }
  return clientCall(client, { operation: 'presign', bucket, key }, options, async ({ connect }) => {
    const packages = ['@aws-sdk/s3-request-presigner'];
    const { getSignedUrl } = await importPackage(() => import('@aws-sdk/s3-request-presigner'), packages);
    const s3 = await connect();
    const type = method === 'get' ? { ResponseContentType: contentType } : { ContentType: contentType };
    const command = s3.presignable(method, { Bucket: bucket, Key: key, VersionId: versionId, ...type });
    const signed = method === 'put' && contentType !== undefined ? { signableHeaders: new Set(['content-type']) } : {};
    const how = { expiresIn: Math.floor(expiresIn / 1_000), ...signed };
    return [await getSignedUrl(s3.client as never, command as never, how), {}];
  });
}

/** Loads lib-storage, and begins nothing. */
export async function nativeUpload(
  client: OwnClient,
  params: NativeUploadParams,
  options: NativeUploadOptions,
): Promise<NativeUpload> {
  const { Upload } = await importPackage(() => import('@aws-sdk/lib-storage'), ['@aws-sdk/lib-storage']);
  return new Upload({ ...options, client: (await nativeClient(streamProfile({ client }))) as never, params });
}
