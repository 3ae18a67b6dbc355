/** The errors of S3: status and usual message per code, and their XML. */
import type { ReplyIds } from './reply-ids.ts';
import type { Reply } from '../store-server/reply.ts';
import { xmlDocument } from '../store-server/xml.ts';

const entry = (status: number, message: string): { readonly status: number; readonly message: string } => ({
  status,
  message,
});

/** Codes this server gives by itself or that faults commonly ask for; S3 API reference, "List of error codes". */
const CODES = {
  AccessDenied: entry(403, 'Access Denied'),
  AuthorizationHeaderMalformed: entry(400, 'The authorization header that you provided is not valid.'),
  AuthorizationQueryParametersError: entry(400, 'The authorization query parameters that you provided are not valid.'),
  BadDigest: entry(400, 'The Content-MD5 you specified did not match what we received.'),
  BadRequest: entry(400, 'Bad Request'),
  BucketAlreadyExists: entry(409, 'The requested bucket name is not available.'),
  BucketAlreadyOwnedByYou: entry(
    409,
    'Your previous request to create the named bucket succeeded and you already own it.',
  ),
  BucketNotEmpty: entry(409, 'The bucket you tried to delete is not empty'),
  ConditionalRequestConflict: entry(409, 'A conflicting operation occurred.'),
  EntityTooLarge: entry(400, 'Your proposed upload exceeds the maximum allowed size'),
  EntityTooSmall: entry(400, 'Your proposed upload is smaller than the minimum allowed size'),
  ExpiredToken: entry(400, 'The provided token has expired.'),
  IllegalLocationConstraintException: entry(
    400,
    'The specified location constraint is incompatible for the region specific endpoint this request was sent to.',
  ),
  IllegalVersioningConfigurationException: entry(400, 'The Versioning element must be specified'),
  IncompleteBody: entry(400, 'The request body terminated unexpectedly'),
  InternalError: entry(500, 'We encountered an internal error. Please try again.'),
  InvalidAccessKeyId: entry(403, 'The AWS Access Key Id you provided does not exist in our records.'),
  InvalidArgument: entry(400, 'Invalid Argument'),
  InvalidBucketName: entry(400, 'The specified bucket is not valid.'),
  InvalidChunkSizeError: entry(403, 'Only the last chunk is allowed to have a size less than 8192 bytes'),
  InvalidDigest: entry(400, 'The Content-MD5 you specified was invalid.'),
  InvalidPart: entry(
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ),
  InvalidPartNumber: entry(416, 'The requested partnumber is not satisfiable'),
  InvalidPartOrder: entry(400, 'The list of parts was not in ascending order. Parts must be ordered by part number.'),
  InvalidRange: entry(416, 'The requested range is not satisfiable'),
  InvalidRequest: entry(400, 'Invalid Request'),
  InvalidToken: entry(400, 'The provided token is malformed or otherwise invalid.'),
  InvalidURI: entry(400, "Couldn't parse the specified URI."),
  KeyTooLongError: entry(400, 'Your key is too long'),
  MalformedTrailerError: entry(400, 'The request contained trailing data that was not well-formed.'),
  MalformedXML: entry(400, 'The XML you provided was not well-formed or did not validate against our published schema'),
  MaxMessageLengthExceeded: entry(400, 'Your request was too big.'),
  MetadataTooLarge: entry(400, 'Your metadata headers exceed the maximum allowed metadata size'),
  MethodNotAllowed: entry(405, 'The specified method is not allowed against this resource.'),
  MissingContentLength: entry(411, 'You must provide the Content-Length HTTP header.'),
  NoSuchBucket: entry(404, 'The specified bucket does not exist'),
  NoSuchKey: entry(404, 'The specified key does not exist.'),
  NoSuchUpload: entry(
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ),
  NoSuchVersion: entry(404, 'The specified version does not exist.'),
  NotImplemented: entry(501, 'A header you provided implies functionality that is not implemented'),
  OperationAborted: entry(
    409,
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
  ),
  PreconditionFailed: entry(412, 'At least one of the pre-conditions you specified did not hold'),
  RequestTimeout: entry(
    400,
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
  ),
  RequestTimeTooSkewed: entry(403, 'The difference between the request time and the current time is too large.'),
  ServiceUnavailable: entry(503, 'Service is unable to handle request.'),
  SignatureDoesNotMatch: entry(
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ),
  SlowDown: entry(503, 'Please reduce your request rate.'),
  XAmzContentSHA256Mismatch: entry(400, "The provided 'x-amz-content-sha256' header does not match what was computed."),
} as const;

export type S3ErrorCode = keyof typeof CODES;

/** Extra elements of the error document, such as `Key` or `BucketName`. */
export type ErrorDetails = Readonly<Record<string, string | number | undefined>>;

/** An error that becomes the answer. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly code: S3ErrorCode;
  readonly details: ErrorDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: S3ErrorCode,
    message?: string,
    details: ErrorDetails = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message ?? CODES[code].message);
    this.code = code;
    this.details = details;
    this.headers = headers;
  }

  get status(): number {
    return CODES[this.code].status;
  }
}

/** The usual message of a code, also of one this table does not hold. */
export function usualMessage(code: string): string {
  return Object.hasOwn(CODES, code) ? CODES[code as S3ErrorCode].message : code;
}

/** An error document as a reply. The resource is left to the error's own details where S3 names the thing instead. */
export function errorReply(
  status: number,
  code: string,
  message: string,
  details: ErrorDetails,
  ids: ReplyIds,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const xml = xmlDocument('Error', {
    ...{ Code: code, Message: message },
    ...details,
    ...{ RequestId: ids.requestId, HostId: ids.hostId },
  });
  return {
    status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: [Buffer.from(xml)],
  };
}
