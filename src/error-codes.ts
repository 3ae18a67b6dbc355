/** The one table of stable error codes: the class of each, and whether repeating may help. */

/** The kind of remedy: one class of errors each. */
export type ErrorKind = 'transient' | 'permanent' | 'auth' | 'timeout' | 'config' | 'not-found' | 'aborted';

interface CodeEntry {
  readonly kind: ErrorKind;
  /** Whether repeating the whole operation, unchanged, may succeed. */
  readonly retryable: boolean;
  readonly meaning: string;
}

const code = (kind: ErrorKind, retryable: boolean, meaning: string): CodeEntry => ({ kind, retryable, meaning });

/** The one table of codes. `docs/reference/errors.md` is held against it by a test. */
export const ERROR_CODES = {
  ABORTED: code('aborted', false, 'A signal fired, or the stream was destroyed before its end.'),
  DEADLINE_EXCEEDED: code('timeout', true, "The operation's own `timeout` ran out."),
  POOL_TIMEOUT: code('timeout', true, 'No connection became free in time.'),
  CONNECT_TIMEOUT: code(
    'timeout',
    true,
    'The server did not accept a connection in time, or no credentials came for it.',
  ),
  RESPONSE_TIMEOUT: code('timeout', true, 'The server did not begin its answer in time.'),
  IDLE_TIMEOUT: code('timeout', true, 'Bytes were wanted, and none or too few came for the idle timeout.'),
  LOCK_TIMEOUT: code('timeout', true, 'A lock was not granted within `lockTimeout` (SQLSTATE 55P03).'),
  STATEMENT_TIMEOUT: code('timeout', true, 'The server cancelled the statement (SQLSTATE 57014).'),
  COMMIT_TIMEOUT: code('timeout', false, 'The commit was sent and its answer did not come in time.'),
  COMMIT_UNKNOWN: code(
    'permanent',
    false,
    'The commit was sent, its answer was lost, and the server could not be asked.',
  ),
  CONNECTION_FAILED: code('transient', true, 'No connection could be made.'),
  CONNECTION_LOST: code('transient', true, 'An open connection broke.'),
  SERVER_UNAVAILABLE: code('transient', true, 'The server is starting, stopping, overloaded or read-only.'),
  SERVER_ERROR: code('transient', true, 'The server failed (HTTP 5xx, SQLSTATE XX000).'),
  THROTTLED: code('transient', true, 'The server asked for fewer requests.'),
  SERIALIZATION_FAILURE: code('transient', true, 'A serialization failure or deadlock (SQLSTATE 40001, 40P01).'),
  BODY_TRUNCATED: code('transient', true, 'The body ended before the length the server had announced.'),
  RANGE_MISMATCH: code('permanent', false, 'The server answered with other bytes than the range asked for.'),
  RANGE_NOT_SATISFIABLE: code('permanent', false, 'The range asked for lies outside the object.'),
  OBJECT_CHANGED: code('permanent', false, 'The object, or the local file, was changed while it was being read.'),
  CHECKSUM_MISMATCH: code('permanent', false, 'The bytes do not match the checksum the server holds.'),
  ALREADY_EXISTS: code('permanent', false, 'The target exists and overwriting was ruled out.'),
  TOO_LARGE: code('permanent', false, "The object would exceed the service's limit."),
  PARTIAL_FAILURE: code('permanent', false, 'Some of several objects failed; `failures` names them.'),
  REQUEST_REFUSED: code('permanent', false, 'The service refused the request as it is (HTTP 4xx, 501).'),
  NOT_FOUND: code('not-found', false, 'The object, bucket, table or database does not exist.'),
  NO_MATCH: code('not-found', false, 'A prefix or glob matched no object.'),
  AUTH_FAILED: code('auth', false, 'The credentials were refused, or a certificate.'),
  AUTH_EXPIRED: code('auth', false, 'The credentials have expired.'),
  ACCESS_DENIED: code('auth', false, 'The credentials are valid and do not permit this.'),
  CONFIG_INVALID: code('config', false, 'A setting or an argument is missing, unknown or malformed.'),
  SECRET_MISSING: code(
    'config',
    false,
    'A `secret://` reference names a secret that is not there, or could not be read.',
  ),
  PACKAGE_MISSING: code('config', false, 'An optional peer package is not installed.'),
  BAD_ROW: code('permanent', false, 'A row does not fit the table or the format (SQLSTATE class 22).'),
  CONSTRAINT_VIOLATION: code('permanent', false, 'A row violates a constraint (SQLSTATE class 23).'),
  ROW_COUNT_MISMATCH: code('permanent', false, 'The server loaded another number of rows than were sent or expected.'),
  END_OF_DATA_MARKER: code('permanent', false, 'A line `\\.` in the input would have ended the load before its end.'),
  DISK_FULL: code(
    'permanent',
    false,
    'The server, or this machine, is out of disk space or another resource (SQLSTATE class 53).',
  ),
  FILE_UNAVAILABLE: code('transient', true, 'A local file is in use, or too many are open.'),
  FILE_FAILED: code('permanent', false, 'A local file could not be read or written.'),
  STATEMENT_FAILED: code('permanent', false, 'The server refused the statement.'),
  CLIENT_CLOSED: code('permanent', false, 'The client has been closed, or the transaction is over.'),
  CLIENT_BUSY: code(
    'permanent',
    false,
    'The connection handed in, or that of the transaction, is in use by a stream, a savepoint or its owner.',
  ),
  COMPRESSED_DATA_TRUNCATED: code('permanent', false, 'The compressed data ended in the middle of a member.'),
  COMPRESSED_DATA_CORRUPT: code('permanent', false, 'The compressed data is damaged.'),
  TRAILING_DATA: code('permanent', false, 'Bytes that are no compressed member follow the last one.'),
  OUTPUT_LIMIT: code('permanent', false, 'The output exceeds `maxOutputBytes` or `maxRatio`.'),
  PIPELINE_FAILED: code('permanent', false, 'Another stage of the pipeline failed; that error is the cause.'),
  UNKNOWN: code('permanent', false, 'A failure that no rule here recognises.'),
} as const satisfies Record<string, CodeEntry>;
