/** What S3's error codes mean here (S3 API reference, "Error responses"; the SDK's own names beside them). */
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
