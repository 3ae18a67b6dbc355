/**
 * Server-side encryption as a client sees it. Nothing is encrypted here; what was asked for is told back, and an object
 * under a customer's key is served to whoever sends that key.
 */
import { createHash } from 'node:crypto';
import { S3Error } from '../errors.ts';
import type { IncomingRequest } from '../request.ts';

type Headers = Readonly<Record<string, string>>;

const ENCRYPTION = 'x-amz-server-side-encryption';
const KMS_KEY = `${ENCRYPTION}-aws-kms-key-id`;
const KMS_CONTEXT = `${ENCRYPTION}-context`;
const BUCKET_KEY = `${ENCRYPTION}-bucket-key-enabled`;
const CUSTOMER_ALGORITHM = `${ENCRYPTION}-customer-algorithm`;
const CUSTOMER_KEY = `${ENCRYPTION}-customer-key`;
const CUSTOMER_KEY_MD5 = `${ENCRYPTION}-customer-key-md5`;

/** Of an object to be: what its replies repeat. Empty for S3's own key, which is the default. */
export function wantedEncryption(request: IncomingRequest): Headers {
  const {
    [ENCRYPTION]: algorithm,
    [KMS_KEY]: keyId,
    [BUCKET_KEY]: bucketKey,
    [KMS_CONTEXT]: context,
  } = request.headers;
  const customer = customerKeyOf(request);
  if (customer !== undefined) {
    if (algorithm === undefined) return customer;
    throw invalid(ENCRYPTION, 'Server Side Encryption with Customer provided key is incompatible with it');
  }
  if (algorithm !== undefined && !/^(?:AES256|aws:kms(?::dsse)?)$/.test(algorithm)) {
    throw invalid(ENCRYPTION, 'The encryption method specified is not supported');
  }
  const isKms = algorithm?.startsWith('aws:kms') === true;
  if (!isKms && (keyId ?? context) !== undefined) {
    throw invalid(
      ENCRYPTION,
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    );
  }
  if (algorithm !== 'aws:kms' && bucketKey === 'true') throw invalid(BUCKET_KEY, 'Bucket keys are for aws:kms alone');
  if (context !== undefined && !isContext(context)) throw invalid(KMS_CONTEXT, 'The context is not base64 of JSON');
  return {
    ...(algorithm === undefined ? {} : { [ENCRYPTION]: algorithm }),
    ...(keyId === undefined ? {} : { [KMS_KEY]: keyId }),
    ...(bucketKey === undefined ? {} : { [BUCKET_KEY]: bucketKey }),
  };
}

/** Refuses a request for an object, or an upload, whose customer's key it does not bring. */
export function checkCustomerKey(request: IncomingRequest, kept: Headers): void {
  const given = customerKeyOf(request)?.[CUSTOMER_KEY_MD5];
  const needed = kept[CUSTOMER_KEY_MD5];
  if (given === needed) return;
  if (given === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  }
  if (needed !== undefined) throw new S3Error('AccessDenied');
  throw new S3Error('InvalidRequest', 'The encryption parameters are not applicable to this object.');
}

export const isUnderCustomerKey = (kept: Headers): boolean => kept[CUSTOMER_KEY_MD5] !== undefined;

/** Under S3's own key alone is the ETag the MD5 of the bytes. */
export function keepsMd5(kept: Headers): boolean {
  return kept[ENCRYPTION]?.startsWith('aws:kms') !== true && !isUnderCustomerKey(kept);
}

/** The headers of replies about an object or an upload. */
export function encryptionHeaders(kept: Headers): Headers {
  const told = Object.entries(kept).filter(([name]) => name.startsWith(ENCRYPTION));
  return told.length === 0 ? { [ENCRYPTION]: 'AES256' } : Object.fromEntries(told);
}

/** What is told of the customer's key that a request brings; undefined without one. */
function customerKeyOf({ headers, rawHeaders }: IncomingRequest): Headers | undefined {
  const { [CUSTOMER_ALGORITHM]: algorithm, [CUSTOMER_KEY_MD5]: md5 } = headers;
  const [key] = rawHeaders.get(CUSTOMER_KEY) ?? [];
  if (algorithm === undefined && md5 === undefined && key === undefined) return undefined;
  if (algorithm !== 'AES256') throw invalid(CUSTOMER_ALGORITHM, 'The encryption method specified is not supported');
  const bytes = Buffer.from(key ?? '', 'base64');
  if (bytes.length !== 32) throw invalid(CUSTOMER_KEY, 'The secret key was invalid for the specified algorithm.');
  if (createHash('md5').update(bytes).digest('base64') !== md5) {
    throw invalid(CUSTOMER_KEY_MD5, 'The calculated MD5 hash of the key did not match the hash that was provided.');
  }
  return { [CUSTOMER_ALGORITHM]: algorithm, [CUSTOMER_KEY_MD5]: md5 };
}

function isContext(text: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString());
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** Names the header and never its value. */
const invalid = (header: string, message: string): S3Error =>
  new S3Error('InvalidArgument', message, { ArgumentName: header });
