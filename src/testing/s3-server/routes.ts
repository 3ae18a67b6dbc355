/** Which S3 operation a request is; the names are those of the S3 API. */

const OPERATIONS = [
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateBucket',
  'CreateMultipartUpload',
  'DeleteBucket',
  'DeleteObject',
  'DeleteObjects',
  'GetBucketLocation',
  'GetBucketVersioning',
  'GetObject',
  'GetObjectAttributes',
  'HeadBucket',
  'HeadObject',
  'ListBuckets',
  'ListMultipartUploads',
  'ListObjects',
  'ListObjectsV2',
  'ListObjectVersions',
  'ListParts',
  'PutBucketVersioning',
  'PutObject',
  'Unsupported',
  'UploadPart',
  'UploadPartCopy',
] as const;

/** An operation by its name in the S3 API; `Unsupported` is anything this server does not speak. */
export type S3Operation = (typeof OPERATIONS)[number];

export function isOperation(name: string): name is S3Operation {
  return (OPERATIONS as readonly string[]).includes(name);
}

interface Target {
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sub-resources of S3 that are not spoken here; without this list they would be taken for the plain operation. */
const FOREIGN = [
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'website',
];

export function operationOf(target: Target): S3Operation {
  if (FOREIGN.some((name) => Object.hasOwn(target.query, name))) return 'Unsupported';
  if (target.bucket === undefined) return target.method === 'GET' ? 'ListBuckets' : 'Unsupported';
  return target.key === undefined ? bucketOperation(target) : objectOperation(target);
}

function bucketOperation({ method, query }: Target): S3Operation {
  const has = (name: string): boolean => Object.hasOwn(query, name);
  switch (method) {
    case 'GET':
      if (has('location')) return 'GetBucketLocation';
      if (has('versioning')) return 'GetBucketVersioning';
      if (has('versions')) return 'ListObjectVersions';
      if (has('uploads')) return 'ListMultipartUploads';
      return query['list-type'] === '2' ? 'ListObjectsV2' : 'ListObjects';
    case 'HEAD':
      return 'HeadBucket';
    case 'PUT':
      return has('versioning') ? 'PutBucketVersioning' : 'CreateBucket';
    case 'DELETE':
      return 'DeleteBucket';
    case 'POST':
      return has('delete') ? 'DeleteObjects' : 'Unsupported';
    default:
      return 'Unsupported';
  }
}

function objectOperation({ method, query, headers }: Target): S3Operation {
  const has = (name: string): boolean => Object.hasOwn(query, name);
  const copies = headers['x-amz-copy-source'] !== undefined;
  switch (method) {
    case 'GET':
      if (has('attributes')) return 'GetObjectAttributes';
      return has('uploadId') ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      if (has('uploadId')) return copies ? 'UploadPartCopy' : 'UploadPart';
      return copies ? 'CopyObject' : 'PutObject';
    case 'POST':
      if (has('uploads')) return 'CreateMultipartUpload';
      return has('uploadId') ? 'CompleteMultipartUpload' : 'Unsupported';
    case 'DELETE':
      return has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
    default:
      return 'Unsupported';
  }
}
