/** What S3's error codes and statuses mean here (S3 API reference, "Error responses"; the SDK's own names beside them). */
import type { ErrorCode } from '../../errors.ts';

/** By code, or by the name that the SDK gives; what is not here is told by its status. */
export const S3_CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries<readonly string[]>({
    NOT_FOUND: ['NoSuchKey', 'NoSuchBucket', 'NoSuchVersion', 'NoSuchUpload', 'NotFound'],
    RANGE_NOT_SATISFIABLE: ['InvalidRange'],
    ALREADY_EXISTS: ['BucketAlreadyExists', 'BucketAlreadyOwnedByYou'],
    ACCESS_DENIED: ['AccessDenied', 'AllAccessDisabled'],
    AUTH_FAILED: [
      'InvalidAccessKeyId',
      'SignatureDoesNotMatch',
      'InvalidToken',
      'InvalidSecurity',
      'InvalidSignature',
      'UnsupportedSignature',
      'MissingAuthenticationToken',
      'MissingSecurityHeader',
      'AuthorizationHeaderMalformed',
      'AuthorizationQueryParametersError',
      'TokenCodeInvalidError',
      'RequestTimeTooSkewed',
      // The token service's (STS API reference, "Common errors", AssumeRoleWithWebIdentity).
      'InvalidClientTokenId',
      'InvalidIdentityToken',
      'IDPRejectedClaim',
      // The SDK's credential providers.
      'CredentialsProviderError',
      'TokenProviderError',
    ],
    AUTH_EXPIRED: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'InvalidSessionException'],
    THROTTLED: [
      'SlowDown',
      'ServiceUnavailable',
      'RequestLimitExceeded',
      'BandwidthLimitExceeded',
      'LimitExceededException',
      'TooManyRequestsException',
    ],
    // The last two ask for another try ("Conditional writes").
    SERVER_ERROR: ['InternalError', 'OperationAborted', 'ConditionalRequestConflict'],
    RESPONSE_TIMEOUT: ['RequestTimeout'],
    TOO_LARGE: ['EntityTooLarge', 'MaxMessageLengthExceeded'],
    CHECKSUM_MISMATCH: ['BadDigest', 'InvalidDigest', 'XAmzContentSHA256Mismatch', 'XAmzContentChecksumMismatch'],
    CONFIG_INVALID: [
      'InvalidBucketName',
      'KeyTooLongError',
      'MetadataTooLarge',
      'RequestHeaderSectionTooLarge',
      'InvalidStorageClass',
      'InvalidHostHeader',
      'InvalidRegion',
      'InvalidLocationConstraint',
      'IllegalLocationConstraintException',
      'IncorrectEndpoint',
      'EndpointNotFound',
      'PermanentRedirect',
      'PermanentRedirectControlError',
      'TemporaryRedirect',
      'Redirect',
    ],
    // What their statuses would say of them is wrong: an object in an archive (403), a form (412).
    REQUEST_REFUSED: ['InvalidObjectState', 'RequestIsNotMultiPartContent'],
  } satisfies Partial<Record<ErrorCode, readonly string[]>>).flatMap(([code, names]) =>
    names.map((name) => [name, code as ErrorCode] as const),
  ),
);

/** By HTTP status; all that a HEAD, and many a gateway, gives. */
export const S3_STATUSES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  // Never followed: another host would be sent a request that is signed for this one.
  [301, 'CONFIG_INVALID'],
  [302, 'CONFIG_INVALID'],
  [303, 'CONFIG_INVALID'],
  [307, 'CONFIG_INVALID'],
  [308, 'CONFIG_INVALID'],
  [401, 'AUTH_FAILED'],
  [403, 'ACCESS_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'RESPONSE_TIMEOUT'],
  [413, 'TOO_LARGE'],
  [416, 'RANGE_NOT_SATISFIABLE'],
  [429, 'THROTTLED'],
  [501, 'REQUEST_REFUSED'],
  [503, 'THROTTLED'],
]);

/** What an answer of this status says when its code is none that is known. */
export function codeOfStatus(status: number): ErrorCode {
  const known = S3_STATUSES.get(status);
  if (known !== undefined) return known;
  return status >= 500 ? 'SERVER_ERROR' : status >= 400 ? 'REQUEST_REFUSED' : 'UNKNOWN';
}
