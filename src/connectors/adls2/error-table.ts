/**
 * What the error codes of Azure Storage mean here (its REST reference: "Common error codes", "Blob service error codes",
 * and the errors of Data Lake Storage's operations on paths).
 */
import type { ErrorCode } from '../../errors.ts';

/** By code, of the DFS and of the blob endpoint; what is not here is told by its status. */
export const ADLS_CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries<readonly string[]>({
    NOT_FOUND: [
      'PathNotFound',
      'FilesystemNotFound',
      'SourcePathNotFound',
      'SourcePathIsBeingDeleted',
      'RenameDestinationParentPathNotFound',
      'BlobNotFound',
      'ContainerNotFound',
      'ResourceNotFound',
    ],
    RANGE_NOT_SATISFIABLE: ['InvalidRange'],
    ALREADY_EXISTS: [
      'PathAlreadyExists',
      'FilesystemAlreadyExists',
      'ContainerAlreadyExists',
      'BlobAlreadyExists',
      'ResourceAlreadyExists',
      'AccountAlreadyExists',
      'TargetConditionNotMet',
    ],
    OBJECT_CHANGED: ['SourceConditionNotMet'],
    ACCESS_DENIED: [
      'AuthorizationFailure',
      'AuthorizationPermissionMismatch',
      'AuthorizationProtocolMismatch',
      'AuthorizationResourceTypeMismatch',
      'AuthorizationServiceMismatch',
      'AuthorizationSourceIPMismatch',
      'InsufficientAccountPermissions',
    ],
    AUTH_FAILED: ['AuthenticationFailed', 'NoAuthenticationInformation', 'InvalidAuthenticationInfo'],
    THROTTLED: ['ServerBusy', 'SnapshotOperationRateExceeded'],
    // The last ones pass by themselves.
    SERVER_ERROR: [
      'InternalError',
      'OperationTimedOut',
      'InternalOperationAbortError',
      'AccountBeingCreated',
      'ContainerBeingDeleted',
      'FilesystemBeingDeleted',
      'DestinationPathIsBeingDeleted',
    ],
    TOO_LARGE: [
      'RequestBodyTooLarge',
      'BlockCountExceedsLimit',
      'BlockListTooLong',
      'ContentLengthLargerThanTierLimit',
    ],
    CHECKSUM_MISMATCH: ['Md5Mismatch', 'InvalidMd5', 'Crc64Mismatch'],
    CONFIG_INVALID: [
      'InvalidResourceName',
      'InvalidMetadata',
      'EmptyMetadataKey',
      'MetadataTooLarge',
      'InvalidPropertyName',
      // The account is none of Data Lake Storage Gen2.
      'HierarchicalNamespaceNotEnabled',
      'EndpointUnsupportedAccountFeatures',
    ],
    // What their statuses would say of them is wrong: an account that is switched off (403), leases and sizes (412).
    REQUEST_REFUSED: [
      'AccountIsDisabled',
      'LeaseIdMissing',
      'LeaseIdMismatch',
      'LeaseIdMismatchWithBlobOperation',
      'LeaseIdMismatchWithContainerOperation',
      'LeaseLost',
      'LeaseNotPresent',
      'LeaseNotPresentWithBlobOperation',
      'LeaseNotPresentWithContainerOperation',
      'AppendPositionConditionNotMet',
      'MaxBlobSizeConditionNotMet',
      'SequenceNumberConditionNotMet',
    ],
  } satisfies Partial<Record<ErrorCode, readonly string[]>>).flatMap(([code, names]) =>
    names.map((name) => [name, code as ErrorCode] as const),
  ),
);

/** Refusals of what was asked, by an account that knows who asks. */
export const KNOWN_CALLER: ReadonlySet<string> = new Set([
  'AuthorizationPermissionMismatch',
  'AuthorizationResourceTypeMismatch',
  'AuthorizationServiceMismatch',
  'InsufficientAccountPermissions',
]);
