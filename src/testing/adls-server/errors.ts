/** The errors of the service: status and usual message per code, as JSON, as XML, or as headers alone. */
import type { Reply } from '../store-server/reply.ts';
import { xmlDocument } from '../store-server/xml.ts';
import type { XmlContent } from '../store-server/xml.ts';
import type { AdlsSide } from './routes.ts';

const entry = (status: number, message: string): { readonly status: number; readonly message: string } => ({
  status,
  message,
});

const MALFORMED = entry(400, 'One of the request inputs is not valid.');

/** Codes this server gives by itself or that faults commonly ask for ("Common REST API error codes", "Blob Storage error codes", and those of Path). */
const CODES = {
  AuthenticationFailed: entry(
    403,
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  ),
  AuthorizationFailure: entry(403, 'This request is not authorized to perform this operation.'),
  AuthorizationPermissionMismatch: entry(
    403,
    'This request is not authorized to perform this operation using this permission.',
  ),
  AuthorizationProtocolMismatch: entry(
    403,
    'This request is not authorized to perform this operation using this protocol.',
  ),
  AuthorizationResourceTypeMismatch: entry(
    403,
    'This request is not authorized to perform this operation using this resource type.',
  ),
  AuthorizationServiceMismatch: entry(
    403,
    'This request is not authorized to perform this operation using this service.',
  ),
  BlobAlreadyExists: entry(409, 'The specified blob already exists.'),
  BlobNotFound: entry(404, 'The specified blob does not exist.'),
  BlockCountExceedsLimit: entry(409, 'The committed block count cannot exceed the maximum limit of 50,000 blocks.'),
  ConditionNotMet: entry(412, 'The condition specified using HTTP conditional header(s) is not met.'),
  ContainerAlreadyExists: entry(409, 'The specified container already exists.'),
  ContainerBeingDeleted: entry(409, 'The specified container is being deleted. Try operation later.'),
  ContainerNotFound: entry(404, 'The specified container does not exist.'),
  DirectoryNotEmpty: entry(409, 'The recursive query parameter value must be true to delete a non-empty directory.'),
  FilesystemBeingDeleted: entry(409, 'The specified filesystem is being deleted.'),
  FilesystemNotFound: entry(404, 'The specified filesystem does not exist.'),
  HierarchicalNamespaceNotEnabled: entry(400, 'The account does not support the hierarchical namespace.'),
  InternalError: entry(500, 'The server encountered an internal error. Please retry the request.'),
  InvalidAuthenticationInfo: entry(
    401,
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
  ),
  InvalidFlushPosition: entry(
    400,
    'The uploaded data is not contiguous or the position query parameter value is not equal to the length of the file after appending the uploaded data.',
  ),
  InvalidHeaderValue: entry(400, 'The value for one of the HTTP headers is not in the correct format.'),
  InvalidInput: MALFORMED,
  InvalidQueryParameterValue: entry(
    400,
    'Value for one of the query parameters specified in the request URI is invalid.',
  ),
  InvalidRange: entry(416, 'The range specified is invalid for the current size of the resource.'),
  InvalidRenameSourcePath: entry(
    409,
    'The source directory cannot be the same as the destination directory, nor can the destination be a subdirectory of the source directory.',
  ),
  InvalidResourceName: entry(400, 'The specified resource name contains invalid characters.'),
  InvalidSourceOrDestinationResourceType: entry(409, 'The source and destination resource type must be identical.'),
  InvalidSourceUri: entry(400, 'The source URI is invalid.'),
  InvalidUri: entry(400, 'The requested URI does not represent any resource on the server.'),
  LeaseAlreadyPresent: entry(409, 'There is already a lease present.'),
  LeaseIdMismatchWithBlobOperation: entry(412, 'The lease ID specified did not match the lease ID for the blob.'),
  LeaseIdMismatchWithLeaseOperation: entry(409, 'The lease ID specified did not match the lease ID for the blob.'),
  LeaseIdMissing: entry(
    412,
    'There is currently a lease on the resource and no lease ID was specified in the request.',
  ),
  LeaseIsBrokenAndCannotBeRenewed: entry(409, 'The lease ID matched, but the lease has been broken explicitly.'),
  LeaseLost: entry(412, 'A lease ID was specified, but the lease for the resource has expired.'),
  LeaseNotPresentWithBlobOperation: entry(412, 'There is currently no lease on the blob.'),
  LeaseNotPresentWithLeaseOperation: entry(409, 'There is currently no lease on the blob.'),
  Md5Mismatch: entry(
    400,
    'The MD5 value specified in the request did not match the MD5 value calculated by the server.',
  ),
  MetadataTooLarge: entry(400, 'The size of the specified metadata exceeds the maximum size permitted.'),
  MissingContentLengthHeader: entry(411, 'Content-Length HTTP header is not specified.'),
  MissingRequiredHeader: entry(400, 'An HTTP header that is mandatory for this request is not specified.'),
  MissingRequiredQueryParameter: entry(400, 'A query parameter that is mandatory for this request is not specified.'),
  NoAuthenticationInformation: entry(
    401,
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
  ),
  NotImplemented: entry(501, 'The requested operation is not implemented on the specified resource.'),
  OperationTimedOut: entry(500, 'The operation could not be completed within the permitted time.'),
  PathAlreadyExists: entry(409, 'The specified path already exists.'),
  PathConflict: entry(
    409,
    'The specified path, or an element of the path, exists and its resource type is invalid for this operation.',
  ),
  PathNotFound: entry(404, 'The specified path does not exist.'),
  RenameDestinationParentPathNotFound: entry(404, 'The parent directory of the destination path does not exist.'),
  RequestBodyTooLarge: entry(413, 'The request body is too large and exceeds the maximum permissible limit.'),
  ResourceTypeMismatch: entry(409, 'The operation is not allowed on a resource of this type.'),
  ServerBusy: entry(503, 'The server is busy.'),
  SourceConditionNotMet: entry(412, 'The source condition specified using HTTP conditional header(s) is not met.'),
  SourcePathNotFound: entry(404, 'The source path for a rename operation does not exist.'),
  UnsupportedHeader: entry(400, 'One of the HTTP headers specified in the request is not supported.'),
} as const;

export type AdlsErrorCode = keyof typeof CODES;

/** Extra elements of the error document and headers of the reply. */
export interface ErrorExtras {
  /** Shown in XML alone, as the service does. */
  readonly detail?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Another status than the code's own. */
  readonly status?: number | undefined;
}

/** An error that becomes the answer. */
export class AdlsError extends Error {
  override readonly name = 'AdlsError';
  readonly code: AdlsErrorCode;
  readonly extras: ErrorExtras;

  constructor(code: AdlsErrorCode, extras: ErrorExtras = {}) {
    super(CODES[code].message);
    this.code = code;
    this.extras = extras;
  }

  get status(): number {
    return this.extras.status ?? CODES[this.code].status;
  }
}

/** The usual message of a code, also of one this table does not hold. */
export function usualMessage(code: string): string {
  return Object.hasOwn(CODES, code) ? CODES[code as AdlsErrorCode].message : code;
}

export interface ErrorText {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
}

/** An error as one of the two endpoints writes it; `x-ms-error-code` is on every one. */
export function errorReply(
  side: AdlsSide,
  { status, code, message, detail }: ErrorText,
  { requestId, now }: { readonly requestId: string; readonly now: Date },
): Reply {
  const text = `${message}\nRequestId:${requestId}\nTime:${now.toISOString().replace('Z', '0000Z')}`;
  const [type, body] =
    side === 'dfs'
      ? ['application/json;charset=utf-8', JSON.stringify({ error: { code, message: text } })]
      : ['application/xml', errorDocument({ Code: code, Message: text, AuthenticationErrorDetail: detail })];
  return {
    status,
    headers: { 'content-type': type, 'x-ms-error-code': code },
    body: status === 304 ? [] : [Buffer.from(body)],
  };
}

/** With line ends as they are, not as references. */
const errorDocument = (content: XmlContent): string => xmlDocument('Error', content).replaceAll('&#10;', '\n');
