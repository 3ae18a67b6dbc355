/** Every operation by its name. */
import type { Operation } from '../context.ts';
import { S3Error } from '../errors.ts';
import type { S3Operation } from '../routes.ts';
import * as buckets from './buckets.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import * as objectLists from './list-objects.ts';
import * as uploadLists from './list-uploads.ts';
import * as reads from './read-object.ts';
import * as uploads from './uploads.ts';
import * as writes from './write-object.ts';

export const OPERATIONS: Readonly<Record<S3Operation, Operation>> = {
  AbortMultipartUpload: uploads.abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: writes.copyObject,
  CreateBucket: buckets.createBucket,
  CreateMultipartUpload: uploads.createMultipartUpload,
  DeleteBucket: buckets.deleteBucket,
  DeleteObject: writes.deleteObject,
  DeleteObjects: writes.deleteObjects,
  GetBucketLocation: buckets.getBucketLocation,
  GetBucketVersioning: buckets.getBucketVersioning,
  GetObject: reads.getObject,
  GetObjectAttributes: reads.getObjectAttributes,
  HeadBucket: buckets.headBucket,
  HeadObject: reads.headObject,
  ListBuckets: buckets.listBuckets,
  ListMultipartUploads: uploadLists.listMultipartUploads,
  ListObjects: objectLists.listObjects,
  ListObjectsV2: objectLists.listObjectsV2,
  ListObjectVersions: objectLists.listObjectVersions,
  ListParts: uploadLists.listParts,
  PutBucketVersioning: buckets.putBucketVersioning,
  PutObject: writes.putObject,
  Unsupported: () => {
    throw new S3Error('NotImplemented', 'This server does not implement the requested operation.');
  },
  UploadPart: uploads.uploadPart,
  UploadPartCopy: uploads.uploadPartCopy,
};
