/**
 * Every error that leaves this package: one class per kind of remedy, one table of stable codes.
 * No message or property here ever holds a credential or row data.
 */

/** What became of the data: nothing happened, all of it is durable, or nobody can say. */
export type Outcome = 'not-done' | 'done' | 'unknown';

type Kind = 'transient' | 'permanent' | 'auth' | 'timeout' | 'config' | 'not-found' | 'aborted';

interface CodeEntry {
  readonly kind: Kind;
  /** Whether repeating the whole operation, unchanged, may succeed. */
  readonly retryable: boolean;
  readonly meaning: string;
}

const code = (kind: Kind, retryable: boolean, meaning: string): CodeEntry => ({ kind, retryable, meaning });

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

/** A stable error code; match on this, not on messages. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** One of several that failed. */
export interface KeyFailure {
  readonly key: string;
  readonly code: ErrorCode;
}

/** What an error may carry beside its message. Never a credential, never row data. */
export interface ErrorDetails {
  readonly connector?: string | undefined;
  readonly operation?: string | undefined;
  readonly profile?: string | undefined;
  /** Where the operation stood: `configure`, `pool`, `connect`, `open`, `transfer`, `backoff`, `commit`, `cleanup`. */
  readonly stage?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly outcome?: Outcome | undefined;
  readonly cause?: unknown;
  /** Postgres' five-character SQLSTATE. */
  readonly sqlState?: string | undefined;
  /** Line of the input, counted from 1. */
  readonly line?: number | undefined;
  /** Row that was written, counted from 1. */
  readonly row?: number | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** The service's own id of the failed request, for its support. */
  readonly requestId?: string | undefined;
  /** Milliseconds the server asked us to wait. */
  readonly retryAfterMs?: number | undefined;
  /** Requests the SDK had already made before it gave up. */
  readonly attempts?: number | undefined;
  /** Of a `PARTIAL_FAILURE`: which failed, and why. */
  readonly failures?: readonly KeyFailure[] | undefined;
}

const FACTS = [
  'sqlState',
  'line',
  'row',
  'column',
  'constraint',
  'status',
  'requestId',
  'retryAfterMs',
  'attempts',
  'failures',
] as const;

/** The base of every error this package gives. */
export class ConnectorError extends Error {
  override readonly name: string = 'ConnectorError';
  readonly code: ErrorCode;
  readonly connector: string | undefined;
  readonly operation: string | undefined;
  readonly profile: string | undefined;
  readonly stage: string | undefined;
  readonly retryable: boolean;
  readonly outcome: Outcome;
  declare readonly sqlState?: string;
  declare readonly line?: number;
  declare readonly row?: number;
  declare readonly column?: string;
  declare readonly constraint?: string;
  declare readonly status?: number;
  declare readonly requestId?: string;
  declare readonly retryAfterMs?: number;
  declare readonly attempts?: number;
  declare readonly failures?: readonly KeyFailure[];

  constructor(errorCode: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details && details.cause !== undefined ? { cause: details.cause } : undefined);
    this.code = errorCode;
    this.connector = details.connector;
    this.operation = details.operation;
    this.profile = details.profile;
    this.stage = details.stage;
    this.retryable = details.retryable ?? ERROR_CODES[errorCode].retryable;
    this.outcome = details.outcome ?? 'not-done';
    for (const fact of FACTS) {
      if (details[fact] !== undefined) Object.defineProperty(this, fact, { value: details[fact], enumerable: true });
    }
  }

  /** Plain properties for structured logs; the cause is left out. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries<unknown>([...Object.entries(this), ['message', this.message]]);
  }
}

/** May succeed when repeated. */
export class TransientError extends ConnectorError {
  override readonly name = 'TransientError';
}
/** Will fail again until the input, the schema or the target changes. */
export class PermanentError extends ConnectorError {
  override readonly name = 'PermanentError';
}
/** Credentials missing, refused, expired or insufficient. */
export class AuthError extends ConnectorError {
  override readonly name = 'AuthError';
}
/** A bound ran out; `code` and `stage` say which. */
export class TimeoutError extends ConnectorError {
  override readonly name = 'TimeoutError';
}
/** A setting, an argument or a missing package. */
export class ConfigError extends ConnectorError {
  override readonly name = 'ConfigError';
}
/** What was asked for is not there. */
export class NotFoundError extends ConnectorError {
  override readonly name = 'NotFoundError';
}
/** A signal fired: `name` is `AbortError`, and `cause` is the signal's own reason, untouched. */
export class AbortedError extends ConnectorError {
  override readonly name = 'AbortError';
}

const CLASSES = {
  transient: TransientError,
  permanent: PermanentError,
  auth: AuthError,
  timeout: TimeoutError,
  config: ConfigError,
  'not-found': NotFoundError,
  aborted: AbortedError,
} as const satisfies Record<Kind, typeof ConnectorError>;

/** Makes the error of the class that the table gives for `errorCode`. */
export function connectorError(errorCode: ErrorCode, message: string, details: ErrorDetails = {}): ConnectorError {
  return new CLASSES[ERROR_CODES[errorCode].kind](errorCode, message, details);
}

/** The same error with further details; what it already knows stays. */
export function withDetails(error: ConnectorError, details: ErrorDetails): ConnectorError {
  const outcome = error.outcome === 'not-done' ? (details.outcome ?? error.outcome) : error.outcome;
  const known = knownOf(error);
  return retold(error, { ...details, ...known, outcome });
}

/** The same error as that of `operation`, of which the one that it names is a part. */
export function asFailureOf(operation: string, error: ConnectorError): ConnectorError {
  return retold(error, { ...knownOf(error), operation });
}

function knownOf(error: ConnectorError): ErrorDetails {
  const facts = [...Object.entries(error), ['cause', error.cause] as const];
  return Object.fromEntries<unknown>(facts.filter(([, value]) => value !== undefined));
}

function retold(error: ConnectorError, details: ErrorDetails): ConnectorError {
  const richer = connectorError(error.code, error.message, details);
  if (error.stack !== undefined) Object.defineProperty(richer, 'stack', { value: error.stack, configurable: true });
  return richer;
}
