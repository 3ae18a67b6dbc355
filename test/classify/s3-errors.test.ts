import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { classifyError } from '../../src/classify/index.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { BUCKET, rejection, useS3Server } from '../connectors/s3/support.ts';

type Meaning = readonly [code: ErrorCode, className: string, retryable: boolean];

const REFUSED: Meaning = ['REQUEST_REFUSED', 'PermanentError', false];
const CONFIG: Meaning = ['CONFIG_INVALID', 'ConfigError', false];
const DENIED: Meaning = ['ACCESS_DENIED', 'AuthError', false];
const AUTH: Meaning = ['AUTH_FAILED', 'AuthError', false];
const EXPIRED: Meaning = ['AUTH_EXPIRED', 'AuthError', false];
const MISSING: Meaning = ['NOT_FOUND', 'NotFoundError', false];
const THROTTLED: Meaning = ['THROTTLED', 'TransientError', true];
const FAILED: Meaning = ['SERVER_ERROR', 'TransientError', true];
const CHECKSUM: Meaning = ['CHECKSUM_MISMATCH', 'PermanentError', false];
const EXISTS: Meaning = ['ALREADY_EXISTS', 'PermanentError', false];
const TOO_LARGE: Meaning = ['TOO_LARGE', 'PermanentError', false];
const UNKNOWN: Meaning = ['UNKNOWN', 'PermanentError', false];

/** What a status means by itself. */
const STATUSES: Readonly<Record<number, Meaning>> = {
  301: CONFIG,
  304: UNKNOWN,
  307: CONFIG,
  400: REFUSED,
  401: AUTH,
  403: DENIED,
  404: MISSING,
  405: REFUSED,
  408: ['RESPONSE_TIMEOUT', 'TimeoutError', true],
  409: REFUSED,
  411: REFUSED,
  412: ['OBJECT_CHANGED', 'PermanentError', false],
  413: TOO_LARGE,
  416: ['RANGE_NOT_SATISFIABLE', 'PermanentError', false],
  429: THROTTLED,
  500: FAILED,
  501: REFUSED,
  502: FAILED,
  503: THROTTLED,
  504: FAILED,
};

/** S3 API reference, "Error responses", list of error codes. */
const DOCUMENTED: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect PermanentRedirectControlError',
  304: 'NotModified',
  307: 'Redirect TemporaryRedirect',
  400: `AccessControlListNotSupported AmbiguousGrantByEmailAddress AuthorizationHeaderMalformed
    AuthorizationQueryParametersError BadDigest BucketHasAccessPointsAttached ConnectionClosedByRequester
    CredentialsNotSupported DeviceNotActiveError EndpointNotFound EntityTooLarge EntityTooSmall ExpiredToken
    IllegalLocationConstraintException IllegalVersioningConfigurationException IncompleteBody IncorrectEndpoint
    IncorrectNumberOfFilesInPostRequest InlineDataTooLarge InvalidAccessPoint InvalidAccessPointAliasError InvalidArgument
    InvalidBucketAclWithObjectOwnership InvalidBucketName InvalidBucketOwnerAWSAccountID InvalidDigest
    InvalidEncryptionAlgorithmError InvalidHostHeader InvalidHttpMethod InvalidLocationConstraint InvalidPart
    InvalidPartOrder InvalidPolicyDocument InvalidRequest InvalidSOAPRequest InvalidSessionException InvalidSignature
    InvalidStorageClass InvalidTag InvalidTargetBucketForLogging InvalidToken InvalidURI KMS.DisabledException
    KMS.InvalidKeyUsageException KMS.KMSInvalidStateException KMS.NotFoundException KeyTooLongError MalformedACLError
    MalformedPOSTRequest MalformedPolicy MalformedXML MaxMessageLengthExceeded MaxPostPreDataLengthExceededError
    MetadataTooLarge MissingAttachment MissingRequestBodyError MissingSecurityElement MissingSecurityHeader
    NoLoggingStatusForKey NotDeviceOwnerError RequestHeaderSectionTooLarge RequestTimeout RequestTorrentOfBucketError
    ResponseInterrupted ServerSideEncryptionConfigurationNotFoundError TagPolicyException TokenCodeInvalidError
    TokenRefreshRequired TooManyAccessPoints TooManyBuckets TooManyMultiRegionAccessPointregionsError
    TooManyMultiRegionAccessPoints UnexpectedContent UnresolvableGrantByEmailAddress UnsupportedArgument
    UnsupportedSignature UserKeyMustBeSpecified`,
  403: `AccessDenied AccountProblem AllAccessDisabled CrossLocationLoggingProhibited InvalidAccessKeyId
    InvalidObjectState InvalidPayer InvalidRegion InvalidSecurity MissingAuthenticationToken NotSignedUp
    RequestTimeTooSkewed SignatureDoesNotMatch UnauthorizedAccessError UnexpectedIPError`,
  404: `NoSuchAccessPoint NoSuchAsyncRequest NoSuchBucket NoSuchBucketPolicy NoSuchCORSConfiguration NoSuchKey
    NoSuchLifecycleConfiguration NoSuchMultiRegionAccessPoint NoSuchObjectLockConfiguration NoSuchTagSet NoSuchUpload
    NoSuchVersion NoSuchWebsiteConfiguration NoTransformationDefined ObjectLockConfigurationNotFoundError
    OwnershipControlsNotFoundError`,
  405: 'MethodNotAllowed',
  409: `AccessPointAlreadyOwnedByYou BucketAlreadyExists BucketAlreadyOwnedByYou BucketNotEmpty ClientTokenConflict
    ConditionalRequestConflict InvalidBucketState OperationAborted RestoreAlreadyInProgress`,
  411: 'MissingContentLength',
  412: 'PreconditionFailed RequestIsNotMultiPartContent',
  416: 'InvalidRange',
  500: 'InternalError',
  501: 'NotImplemented',
  503: 'ServiceUnavailable SlowDown',
};

/** Codes that other pages, other services behind S3, and its gateways give. */
const ELSEWHERE: Readonly<Record<number, string>> = {
  400: `ExpiredTokenException XAmzContentSHA256Mismatch XAmzContentChecksumMismatch Throttling ThrottlingException
    RequestThrottled KMS.ThrottlingException RequestLimitExceeded BandwidthLimitExceeded LimitExceededException
    TooManyRequestsException constructor __proto__ toString`,
  403: 'ExpiredToken RequestExpired',
  409: 'constructor',
  503: 'SlowDownRead SlowDownWrite XMinioServerNotInitialized',
};

/** The codes that mean something else than their status. */
const SPECIAL = new Map(
  Object.entries<Meaning>({
    ...{ AuthorizationHeaderMalformed: AUTH, AuthorizationQueryParametersError: AUTH, InvalidAccessKeyId: AUTH },
    ...{ InvalidSecurity: AUTH, InvalidSignature: AUTH, InvalidToken: AUTH, MissingAuthenticationToken: AUTH },
    ...{ MissingSecurityHeader: AUTH, RequestTimeTooSkewed: AUTH, SignatureDoesNotMatch: AUTH },
    ...{ TokenCodeInvalidError: AUTH, UnsupportedSignature: AUTH },
    ...{ ExpiredToken: EXPIRED, ExpiredTokenException: EXPIRED, InvalidSessionException: EXPIRED },
    ...{ TokenRefreshRequired: EXPIRED },
    ...{ BadDigest: CHECKSUM, InvalidDigest: CHECKSUM, XAmzContentSHA256Mismatch: CHECKSUM },
    ...{ XAmzContentChecksumMismatch: CHECKSUM },
    ...{ EndpointNotFound: CONFIG, IllegalLocationConstraintException: CONFIG, IncorrectEndpoint: CONFIG },
    ...{
      InvalidBucketName: CONFIG,
      InvalidHostHeader: CONFIG,
      InvalidLocationConstraint: CONFIG,
      InvalidRegion: CONFIG,
    },
    ...{ InvalidStorageClass: CONFIG, KeyTooLongError: CONFIG, MetadataTooLarge: CONFIG },
    ...{ RequestHeaderSectionTooLarge: CONFIG },
    ...{ EntityTooLarge: TOO_LARGE, MaxMessageLengthExceeded: TOO_LARGE },
    ...{ BucketAlreadyExists: EXISTS, BucketAlreadyOwnedByYou: EXISTS },
    ...{ ConditionalRequestConflict: FAILED, OperationAborted: FAILED },
    ...{ InvalidObjectState: REFUSED, RequestIsNotMultiPartContent: REFUSED },
    ...{ Throttling: THROTTLED, ThrottlingException: THROTTLED, RequestThrottled: THROTTLED },
    ...{ 'KMS.ThrottlingException': THROTTLED, RequestLimitExceeded: THROTTLED, BandwidthLimitExceeded: THROTTLED },
    ...{ LimitExceededException: THROTTLED, TooManyRequestsException: THROTTLED },
    RequestTimeout: ['RESPONSE_TIMEOUT', 'TimeoutError', true],
  }),
);

const rowsOf = (table: Readonly<Record<number, string>>): [status: number, code: string][] =>
  Object.entries(table).flatMap(([status, codes]) =>
    codes.split(/\s+/).map((code): [number, string] => [Number(status), code]),
  );

describe('the errors of S3, as the AWS SDK gives them,', () => {
  const server = useS3Server();
  let client: S3Client;
  const connected = (config: S3ClientConfig = {}): S3Client => {
    const { endpoint, region, accessKeyId, secretAccessKey } = server.s3;
    const credentials = { accessKeyId, secretAccessKey };
    return new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...config });
  };
  beforeEach(() => {
    client = connected();
  });
  afterEach(() => client.destroy());

  const get = (): Promise<Error> => rejection(client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'key' })));
  const head = (): Promise<Error> => rejection(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'key' })));

  it('all have a code, a class and a word on retrying, with a body and, by status, without', async () => {
    const rows = [...rowsOf(DOCUMENTED), ...rowsOf(ELSEWHERE)];
    assert.equal(rows.length, 151);
    const wrong: unknown[] = [];
    for (const [status, code] of rows) {
      const faults = ['GetObject', 'HeadObject'].map((operation) =>
        server.s3.on(operation as 'GetObject', 'always', { status, code, message: 'c4n4ry' }),
      );
      const found = [await get(), await head()].map((error) => meaningOf(error, status));
      const expected = [SPECIAL.get(code) ?? STATUSES[status], STATUSES[status]];
      if (inspect(found) !== inspect(expected)) wrong.push([status, code, found, expected]);
      for (const fault of faults) {
        assert.equal(fault.fired, 1);
        fault.remove();
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('are told by status where the code is none that is known, or there is none', async () => {
    for (const [status, expected] of Object.entries(STATUSES)) {
      const fault = server.s3.on('*', 'always', { status: Number(status), code: 'Unheard.Of' });
      assert.deepEqual(meaningOf(await get(), Number(status)), expected, status);
      assert.deepEqual(meaningOf(await head(), Number(status)), expected, `HEAD ${status}`);
      assert.equal(fault.fired, 2);
      fault.remove();
    }
  });

  it('are told by code in a body of status 200, after which nobody can say what was done', async () => {
    const fault = server.s3.on('CompleteMultipartUpload', 'always', { errorInBody: { code: 'InternalError' } });
    const UploadId = 'none';
    const command = new CompleteMultipartUploadCommand({ Bucket: BUCKET, Key: 'key', UploadId });
    const error = await rejection(client.send(command));
    // The status that the SDK puts in its place.
    assert.deepEqual([...meaningOf(error, 503), classifyError(error).outcome], [...FAILED, 'unknown']);
    assert.equal(fault.fired, 1);
  });

  it('tell a condition that failed by the name that S3 gives it', async () => {
    const put = (condition: object) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'key', ...condition }));
    await put({ Body: 'x' });
    const exists = await rejection(put({ Body: 'y', IfNoneMatch: '*' }));
    assert.deepEqual(meaningOf(exists, 412), EXISTS);
    const changed = await rejection(put({ Body: 'y', IfMatch: '"other"' }));
    assert.deepEqual(meaningOf(changed, 412), STATUSES[412]);
  });

  it('are what the server says by itself: no object, no bucket, no such key id, another secret', async () => {
    assert.deepEqual(meaningOf(await get(), 404), MISSING);
    const list = new ListObjectsV2Command({ Bucket: 'nowhere' });
    assert.deepEqual(meaningOf(await rejection(client.send(list)), 404), MISSING);
    const { accessKeyId, secretAccessKey } = server.s3;
    for (const credentials of [
      { accessKeyId: 'nobody', secretAccessKey },
      { accessKeyId, secretAccessKey: 'c4n4ry' },
    ]) {
      client.destroy();
      client = connected({ credentials });
      assert.deepEqual(meaningOf(await get(), 403), AUTH);
    }
  });

  it('are told by their shape when no answer came: a reset, nobody there, no answer in time, no credentials', async () => {
    server.s3.on('GetObject', 1, { reset: 'before' });
    assert.deepEqual(meaningOf(await get()), ['CONNECTION_LOST', 'TransientError', true]);
    const stalled = server.s3.on('GetObject', 'always', { stall: 'before' });
    client.destroy();
    client = connected({ requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true } });
    assert.deepEqual(meaningOf(await get()), ['RESPONSE_TIMEOUT', 'TimeoutError', true]);
    assert.equal(stalled.fired, 1);
    client.destroy();
    client = connected({ endpoint: 'http://127.0.0.1:1' });
    assert.deepEqual(meaningOf(await get()), ['CONNECTION_FAILED', 'TransientError', true]);
    client.destroy();
    const unable = Object.assign(new Error('c4n4ry'), { name: 'CredentialsProviderError' });
    client = connected({ credentials: () => Promise.reject(unable) });
    assert.deepEqual(meaningOf(await get()), AUTH);
  });

  it('are an abort once the signal has fired, however the SDK says it, in the request and in its body', async () => {
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: Buffer.alloc(100_000) }));
    const stalled = server.s3.on('GetObject', 1, { stall: 'before' });
    const halted = server.s3.on('GetObject', 2, { stall: { afterBytes: 1_000 } });
    for (const fault of [stalled, halted]) {
      const controller = new AbortController();
      const { signal } = controller;
      const reading = rejection(
        client
          .send(new GetObjectCommand({ Bucket: BUCKET, Key: 'key' }), { abortSignal: signal })
          .then(({ Body }) => Body?.transformToByteArray()),
      );
      await fault.firstFired;
      controller.abort(new Error('enough'));
      const error = classifyError(await reading, { signal });
      assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'ABORTED', signal.reason]);
      fault.release();
    }
  });
});

function meaningOf(error: Error, status?: number): Meaning {
  const ours = classifyError(error);
  assert.equal(ours.connector, 's3', inspect(error));
  assert.equal(ours.status, status, inspect(error));
  assert.ok(ours.requestId !== undefined || status === undefined);
  const shown = inspect(ours, { depth: 12, showHidden: true }) + JSON.stringify(ours) + String(ours.stack);
  assert.doesNotMatch(shown, /Signature=|secretAccessKey/);
  return [ours.code, ours.constructor.name, ours.retryable];
}
