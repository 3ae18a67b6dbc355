/**
 * S3's failures as ours: by status and by the error's name or code, never by its message, which every gateway words
 * differently. Whether a signal caused it has been decided before anybody asks here.
 */
import { safeCause } from '../../core/safe-cause.ts';
import { isDamagedTls } from '../../core/tls-failure.ts';
import { ConnectorError, connectorError } from '../../errors.ts';
import type { ErrorCode, ErrorDetails } from '../../errors.ts';

/** What a failed condition (412) means depends on what was asked. */
export type S3Intent = 'read' | 'write';

/** Codes of S3 ("List of error codes"), of the SDK's credential providers, and names that the SDK gives to bare statuses. */
const NAMES: Readonly<Record<string, ErrorCode>> = {
  NoSuchKey: 'NOT_FOUND',
  NoSuchBucket: 'NOT_FOUND',
  NoSuchVersion: 'NOT_FOUND',
  NoSuchUpload: 'NOT_FOUND',
  NotFound: 'NOT_FOUND',
  InvalidRange: 'RANGE_NOT_SATISFIABLE',
  AccessDenied: 'ACCESS_DENIED',
  AllAccessDisabled: 'ACCESS_DENIED',
  InvalidAccessKeyId: 'AUTH_FAILED',
  InvalidToken: 'AUTH_FAILED',
  SignatureDoesNotMatch: 'AUTH_FAILED',
  AuthorizationHeaderMalformed: 'AUTH_FAILED',
  RequestTimeTooSkewed: 'AUTH_FAILED',
  CredentialsProviderError: 'AUTH_FAILED',
  TokenProviderError: 'AUTH_FAILED',
  ExpiredToken: 'AUTH_EXPIRED',
  ExpiredTokenException: 'AUTH_EXPIRED',
  TokenRefreshRequired: 'AUTH_EXPIRED',
  SlowDown: 'THROTTLED',
  ServiceUnavailable: 'THROTTLED',
  RequestLimitExceeded: 'THROTTLED',
  TooManyRequestsException: 'THROTTLED',
  InternalError: 'SERVER_ERROR',
  // Both ask for another try ("Conditional writes").
  OperationAborted: 'SERVER_ERROR',
  ConditionalRequestConflict: 'SERVER_ERROR',
  RequestTimeout: 'RESPONSE_TIMEOUT',
  EntityTooLarge: 'TOO_LARGE',
  BadDigest: 'CHECKSUM_MISMATCH',
  InvalidDigest: 'CHECKSUM_MISMATCH',
  XAmzContentSHA256Mismatch: 'CHECKSUM_MISMATCH',
  XAmzContentChecksumMismatch: 'CHECKSUM_MISMATCH',
  InvalidBucketName: 'CONFIG_INVALID',
  KeyTooLongError: 'CONFIG_INVALID',
  MetadataTooLarge: 'CONFIG_INVALID',
  InvalidStorageClass: 'CONFIG_INVALID',
  PermanentRedirect: 'CONFIG_INVALID',
  TemporaryRedirect: 'CONFIG_INVALID',
  IllegalLocationConstraintException: 'CONFIG_INVALID',
};

const STATUSES: Readonly<Record<number, ErrorCode>> = {
  // Never followed: another host would be sent a request that is signed for this one.
  301: 'CONFIG_INVALID',
  302: 'CONFIG_INVALID',
  303: 'CONFIG_INVALID',
  307: 'CONFIG_INVALID',
  308: 'CONFIG_INVALID',
  401: 'AUTH_FAILED',
  403: 'ACCESS_DENIED',
  404: 'NOT_FOUND',
  408: 'RESPONSE_TIMEOUT',
  416: 'RANGE_NOT_SATISFIABLE',
  429: 'THROTTLED',
  503: 'THROTTLED',
};

const REFUSED = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/;
const LOST = /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/;
const UNTRUSTED = /^(?:CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|\w*_CERT(?:_\w+)?|\w*CERTIFICATE\w*|EPROTO)$/;

/**
 * The error to report for what a request, or a body, threw. Ours comes back as it is; all else is described by status,
 * request id, tries, and a cause without credentials.
 */
export function classifyS3Error(error: unknown, intent: S3Intent): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const facts = factsOf(error);
  const errorCode = codeOf(facts, intent);
  const { name, status, requestId, attempts, retryAfterMs } = facts;
  const retryable = UNTRUSTED.test(facts.code) && !facts.garbled ? false : facts.clockCorrected ? true : undefined;
  return connectorError(errorCode, describe(facts, errorCode), {
    ...{ connector: 's3', status, requestId, attempts, retryAfterMs, retryable },
    cause: safeCause(error) ?? new Error(name),
  });
}

/** The same error, saying which object it is about. */
export function aboutObject(error: ConnectorError, bucket: string, key: string): ConnectorError {
  const uri = `s3://${bucket}/${key}`;
  if (error.message.includes(uri) || error.code === 'PACKAGE_MISSING') return error;
  const details: ErrorDetails = Object.fromEntries(Object.entries(error));
  return connectorError(error.code, `${error.message} (${uri})`, { ...details, cause: error.cause });
}

interface Facts {
  readonly name: string;
  readonly code: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly attempts: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly clockCorrected: boolean;
  /** Where S3 says that the bucket is. */
  readonly region: string | undefined;
  /** The SDK's words for its connection timer, whose error is otherwise that of a request that was sent. */
  readonly unconnected: boolean;
  /** Its words, and the only sign, for a body that a client's own validation refused. */
  readonly damaged: boolean;
  /** A TLS record was damaged on its way. */
  readonly garbled: boolean;
}

function codeOf({ name, code, status, unconnected, damaged, garbled }: Facts, intent: S3Intent): ErrorCode {
  if (status === 412 || name === 'PreconditionFailed') return intent === 'read' ? 'OBJECT_CHANGED' : 'ALREADY_EXISTS';
  const known = NAMES[name] ?? NAMES[code];
  if (known !== undefined) return known;
  if (/^(?:Request)?Thrott/.test(name)) return 'THROTTLED';
  // The status of a success whose body could not be understood says nothing.
  if (status !== undefined && status >= 300) return STATUSES[status] ?? (status >= 500 ? 'SERVER_ERROR' : 'UNKNOWN');
  if (garbled) return 'CONNECTION_LOST';
  if (REFUSED.test(code) || UNTRUSTED.test(code)) return 'CONNECTION_FAILED';
  if (LOST.test(code)) return 'CONNECTION_LOST';
  // The SDK's own, without a code.
  if (name === 'TimeoutError') return unconnected ? 'CONNECT_TIMEOUT' : 'RESPONSE_TIMEOUT';
  // No signal of ours has fired, so this is how the SDK reports a socket that closed.
  if (name === 'AbortError') return 'CONNECTION_LOST';
  if (damaged) return 'CHECKSUM_MISMATCH';
  // A success whose document could not be read: cut short, or none of S3's.
  return status === undefined ? 'UNKNOWN' : 'SERVER_ERROR';
}

function describe({ name, status, code, region }: Facts, errorCode: ErrorCode): string {
  if (status !== undefined) return `S3 answered ${status} ${name}${remedyOf(status, name, region)}`;
  if (errorCode === 'CHECKSUM_MISMATCH') return 'the body does not match the checksum that S3 sent with it';
  if (errorCode === 'CONNECT_TIMEOUT') return 'S3 did not accept a connection in time';
  if (errorCode === 'RESPONSE_TIMEOUT') return 'S3 did not answer in the time that the client allows';
  if (errorCode === 'CONNECTION_FAILED') return `no connection to S3 could be made (${code})`;
  if (errorCode === 'CONNECTION_LOST') return `the connection to S3 broke (${code === '' ? name : code})`;
  return `the request to S3 failed (${name})`;
}

/** A bucket that is elsewhere is the one failure of which S3 says how to mend it. */
function remedyOf(status: number, name: string, region: string | undefined): string {
  const elsewhere = /^(?:AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/.test(name);
  if (region !== undefined && (elsewhere || isRedirect(status))) {
    return `: the bucket is in the region ${region}, so set \`region\` to it`;
  }
  return isRedirect(status) ? ': the bucket is served elsewhere, so set its `region` or `endpointUrl`' : '';
}

const isRedirect = (status: number): boolean => status >= 300 && STATUSES[status] === 'CONFIG_INVALID';

function factsOf(error: unknown): Facts {
  const metadata = read(error, '$metadata');
  const headers = read(read(error, '$response'), 'headers');
  const message = String(read(error, 'message'));
  const status = read(metadata, 'httpStatusCode');
  const requestId = read(metadata, 'requestId');
  const attempts = read(metadata, 'attempts');
  return {
    name: word(read(error, 'name')) ?? 'Error',
    code: word(read(error, 'code')) ?? word(read(error, 'Code')) ?? '',
    status: typeof status === 'number' ? status : undefined,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    attempts: typeof attempts === 'number' ? attempts : undefined,
    retryAfterMs: retryAfter(read(headers, 'retry-after')),
    clockCorrected: read(metadata, 'clockSkewCorrected') === true,
    region: regionIn(read(headers, 'x-amz-bucket-region')) ?? regionIn(read(error, 'Region')),
    unconnected: message.includes('did not establish a connection'),
    damaged: message.startsWith('Checksum mismatch: expected'),
    garbled: isDamagedTls(String(read(error, 'code')), message),
  };
}

/** Seconds or an HTTP date (RFC 9110, section 10.2.3). */
function retryAfter(header: unknown): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Such as `eu-west-1`; what a hostile endpoint says goes no further. */
const regionIn = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[a-z]{2}[a-z0-9-]{2,30}$/.test(value) ? value : undefined;

const word = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\w[\w.:-]{0,63}$/.test(value) ? value : undefined;

function read(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}
