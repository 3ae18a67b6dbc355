/**
 * Every error that leaves this package: one class per kind of remedy.
 * No message or property here ever holds a credential or row data.
 */
import { ERROR_CODES } from './error-codes.ts';
import type { ErrorKind } from './error-codes.ts';

/** What became of the data: nothing happened, all of it is durable, or nobody can say. */
export type Outcome = 'not-done' | 'done' | 'unknown';

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
} as const satisfies Record<ErrorKind, typeof ConnectorError>;

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
