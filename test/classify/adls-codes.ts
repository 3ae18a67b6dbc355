/** The error codes that Azure documents for its storage, each under the status that it documents beside it. */

/** REST reference of Azure Storage, "Common REST API error codes". */
export const COMMON: Readonly<Record<number, string>> = {
  400: `ConditionHeadersNotSupported EmptyMetadataKey InvalidAuthenticationInfo InvalidHeaderValue InvalidHttpVerb
    InvalidInput InvalidMd5 InvalidMetadata InvalidQueryParameterValue InvalidResourceName InvalidUri InvalidXmlDocument
    InvalidXmlNodeValue Md5Mismatch MetadataTooLarge MissingRequiredQueryParameter MissingRequiredHeader
    MissingRequiredXmlNode MultipleConditionHeadersNotSupported OutOfRangeInput OutOfRangeQueryParameterValue
    RequestUrlFailedToParse UnsupportedHeader UnsupportedXmlNode UnsupportedQueryParameter`,
  401: 'InvalidAuthenticationInfo NoAuthenticationInformation',
  403: `AccountIsDisabled AuthenticationFailed AuthorizationFailure AuthorizationPermissionMismatch
    AuthorizationProtocolMismatch AuthorizationResourceTypeMismatch AuthorizationServiceMismatch
    AuthorizationSourceIPMismatch InsufficientAccountPermissions`,
  404: 'ResourceNotFound',
  405: 'UnsupportedHttpVerb',
  409: 'AccountAlreadyExists AccountBeingCreated AccountProtectedFromDeletion ResourceAlreadyExists ResourceTypeMismatch',
  411: 'MissingContentLengthHeader',
  412: 'ConditionNotMet',
  413: 'RequestBodyTooLarge',
  416: 'InvalidRange',
  500: 'InternalError OperationTimedOut',
  503: 'ServerBusy',
};

/** The same, "Azure Blob Storage error codes". */
export const BLOB: Readonly<Record<number, string>> = {
  400: `BlockListTooLong FeatureVersionMismatch InvalidBlobOrBlock InvalidBlobTier InvalidBlockId InvalidBlockList
    InvalidSourceBlobUrl InvalidVersionForPageBlobOperation`,
  404: 'BlobNotFound ContainerNotFound PreviousSnapshotNotFound',
  409: `BlobAlreadyExists BlobArchived BlobBeingRehydrated BlobImmutableDueToLegalHold BlobImmutableDueToPolicy
    BlobNotArchived BlobOperationNotSupported BlobOverwritten BlobTierInadequateForContentLength
    BlobUsesCustomerSpecifiedEncryption BlockCountExceedsLimit CannotChangeToLowerTier ContainerAlreadyExists
    ContainerBeingDeleted ContainerDisabled ContainerHasLegalHold ContainerImmutabilityPolicyLocked
    ContentLengthLargerThanTierLimit CopyAcrossAccountsNotSupported CopyIdMismatch IncrementalCopyBlobMismatch
    IncrementalCopyOfEarlierSnapshotNotAllowed IncrementalCopySourceMustBeSnapshot InfiniteLeaseDurationRequired
    InvalidBlobType InvalidOperation InvalidSourceBlobType LeaseAlreadyBroken LeaseAlreadyPresent
    LeaseIdMismatchWithLeaseOperation LeaseIsBreakingAndCannotBeAcquired LeaseIsBreakingAndCannotBeChanged
    LeaseIsBrokenAndCannotBeRenewed LeaseNotPresentWithLeaseOperation NoPendingCopyOperation
    OperationNotAllowedOnIncrementalCopyBlob PendingCopyOperation PreviousSnapshotCannotBeNewer
    PreviousSnapshotOperationNotSupported SequenceNumberIncrementTooLarge SnapshotCountExceeded
    SnapshotOperationRateExceeded SnapshotsPresent SystemInUse UnauthorizedBlobOverwrite`,
  412: `AppendPositionConditionNotMet LeaseIdMismatchWithBlobOperation LeaseIdMismatchWithContainerOperation
    LeaseIdMissing LeaseLost LeaseNotPresentWithBlobOperation LeaseNotPresentWithContainerOperation
    MaxBlobSizeConditionNotMet SequenceNumberConditionNotMet SourceConditionNotMet TargetConditionNotMet`,
  416: 'InvalidPageRange',
  500: 'CannotVerifyCopySource',
};

/** REST reference of Data Lake Storage Gen2: the errors of its operations. */
export const DFS: Readonly<Record<number, string>> = {
  400: `ContentLengthMustBeZero InvalidAuthenticationInfo InvalidFlushPosition InvalidHeaderValue InvalidHttpVerb
    InvalidInput InvalidPropertyName InvalidQueryParameterValue InvalidResourceName InvalidSourceUri InvalidUri
    MissingRequiredHeader MissingRequiredQueryParameter MultipleConditionHeadersNotSupported OutOfRangeInput
    OutOfRangeQueryParameterValue UnsupportedHeader UnsupportedQueryParameter UnsupportedRestVersion`,
  403: 'AccountIsDisabled AuthorizationFailure InsufficientAccountPermissions',
  404: `FilesystemNotFound PathNotFound RenameDestinationParentPathNotFound ResourceNotFound SourcePathNotFound`,
  405: 'UnsupportedHttpVerb',
  409: `DestinationPathIsBeingDeleted DirectoryNotEmpty FilesystemAlreadyExists FilesystemBeingDeleted
    InvalidDestinationPath InvalidFlushOperation InvalidRenameSourcePath InvalidSourceOrDestinationResourceType
    LeaseAlreadyPresent LeaseIdMismatchWithLeaseOperation LeaseIsAlreadyBroken LeaseIsBreakingAndCannotBeAcquired
    LeaseIsBreakingAndCannotBeChanged LeaseIsBrokenAndCannotBeRenewed LeaseNameMismatch
    LeaseNotPresentWithLeaseOperation PathAlreadyExists PathConflict SourcePathIsBeingDeleted ResourceTypeMismatch`,
  412: 'ConditionNotMet LeaseIdMismatch LeaseIdMissing LeaseNotPresent LeaseLost SourceConditionNotMet',
  413: 'RequestBodyTooLarge',
  416: 'InvalidRange',
  500: 'InternalError OperationTimedOut',
  503: 'ServerBusy',
};

/** What the service says elsewhere, and what nobody says. */
export const ELSEWHERE: Readonly<Record<number, string>> = {
  400: 'Crc64Mismatch HierarchicalNamespaceNotEnabled constructor __proto__ toString',
  409: 'BlobAccessTierNotSupportedForAccountType EndpointUnsupportedAccountFeatures InternalOperationAbortError',
  418: 'constructor',
  503: 'Unheard.Of',
};
