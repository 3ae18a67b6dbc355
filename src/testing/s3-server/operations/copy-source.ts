/** The source of CopyObject and UploadPartCopy: `/bucket/key?versionId=id`, percent-encoded. */
import type { Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { decode } from '../request.ts';
import type { Bucket, StoredObject } from '../store.ts';
import { copySourceCondition } from './conditions.ts';
import { isUnderCustomerKey } from './encryption.ts';
import { findVersion } from './read-object.ts';

export function copySource({ request, store }: Context): { readonly bucket: Bucket; readonly object: StoredObject } {
  const header = request.headers['x-amz-copy-source'] ?? '';
  const match = /^\/?([^/?]+)\/(.+?)(?:\?versionId=([^&]*))?$/s.exec(header);
  const [, bucketName, key, versionId] = match ?? [];
  if (bucketName === undefined || key === undefined) {
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
      ArgumentName: 'x-amz-copy-source',
      ArgumentValue: header,
    });
  }
  const bucket = store.bucket(decode(bucketName));
  const object = findVersion(bucket, decode(key), versionId);
  if (isUnderCustomerKey(object.headers)) {
    throw new S3Error('NotImplemented', 'This server copies no object that is under a key of a customer.');
  }
  copySourceCondition(request.headers, object);
  return { bucket, object };
}
