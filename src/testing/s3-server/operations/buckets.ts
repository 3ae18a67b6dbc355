/** The operations on buckets themselves. */
import { OWNER, bucketOf, isoTime } from '../context.ts';
import type { Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { emptyReply } from '../../store-server/reply.ts';
import { xmlReply } from '../xml-reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { compareUtf8 } from '../../store-server/sorted-keys.ts';
import { child, parseXml } from '../../store-server/xml.ts';
import type { XmlElement } from '../../store-server/xml.ts';

export function listBuckets({ store, request, region }: Context): Reply {
  const prefix = request.query['prefix'] ?? '';
  const buckets = [...store.buckets.values()]
    .filter(({ name }) => name.startsWith(prefix))
    .sort((a, b) => compareUtf8(a.name, b.name));
  return xmlReply('ListAllMyBucketsResult', {
    Owner: OWNER,
    Buckets: {
      Bucket: buckets.map(({ name, created }) => ({
        Name: name,
        CreationDate: isoTime(created),
        BucketRegion: region,
      })),
    },
    Prefix: prefix === '' ? undefined : prefix,
  });
}

export function createBucket({ store, request, region, now, body }: Context): Reply {
  const name = request.bucket ?? '';
  checkBucketName(name);
  const location = body.size === 0 ? undefined : child(parsed(body.chunks), 'LocationConstraint')?.text.trim();
  if ((location ?? 'us-east-1') !== region) {
    throw new S3Error('IllegalLocationConstraintException', undefined, { BucketName: name });
  }
  if (store.buckets.has(name)) {
    // Only us-east-1 still forgives creating one's own bucket twice.
    if (region !== 'us-east-1') throw new S3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: name });
  } else {
    store.createBucket(name, now());
  }
  return emptyReply(200, { location: `/${name}` });
}

/** Amazon S3 User Guide, "General purpose bucket naming rules". */
export function checkBucketName(name: string): void {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+(?:\.\d+){3}$/.test(name);
  if (!valid) throw new S3Error('InvalidBucketName', undefined, { BucketName: name });
}

function parsed(chunks: readonly Buffer[]): XmlElement {
  const root = parseXml(Buffer.concat(chunks).toString());
  if (root === undefined) throw new S3Error('MalformedXML');
  return root;
}

export function headBucket(context: Context): Reply {
  bucketOf(context);
  return emptyReply(200, {
    'x-amz-bucket-region': context.region,
    'x-amz-access-point-alias': 'false',
    'content-type': 'application/xml',
  });
}

export function deleteBucket(context: Context): Reply {
  const bucket = bucketOf(context);
  if (bucket.objects.size > 0) throw new S3Error('BucketNotEmpty', undefined, { BucketName: bucket.name });
  context.store.buckets.delete(bucket.name);
  for (const upload of context.store.uploads.values()) {
    if (upload.bucket === bucket.name) context.store.uploads.delete(upload.uploadId);
  }
  return emptyReply(204);
}

export function getBucketLocation(context: Context): Reply {
  bucketOf(context);
  // us-east-1 is written as nothing.
  return xmlReply('LocationConstraint', context.region === 'us-east-1' ? '' : context.region);
}

export function getBucketVersioning(context: Context): Reply {
  return xmlReply('VersioningConfiguration', { Status: bucketOf(context).versioning });
}

export function putBucketVersioning(context: Context): Reply {
  const bucket = bucketOf(context);
  const status = child(parsed(context.body.chunks), 'Status')?.text.trim();
  if (status === undefined) throw new S3Error('IllegalVersioningConfigurationException');
  if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error('MalformedXML');
  bucket.versioning = status;
  return emptyReply(200);
}
