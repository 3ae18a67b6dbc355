/**
 * Postgres' errors as ours, by SQLSTATE (manual, appendix A). The server's `message`, `detail` and `where` hold row
 * data, so none of them is passed on: line, column and constraint are taken out, the words are ours.
 */
import { ConnectorError, connectorError } from '../../errors.ts';
import type { ErrorCode, ErrorDetails } from '../../errors.ts';
import { safeCause } from '../../core/safe-cause.ts';
import { isDamagedTls } from '../../core/tls-failure.ts';

interface Place {
  readonly line?: number;
  readonly column?: string;
}

/** Exact states first, then classes. */
const BY_STATE: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '57014': ['STATEMENT_TIMEOUT', 'the server cancelled the statement'],
  '55P03': ['LOCK_TIMEOUT', 'a lock was not granted in time'],
  '40001': ['SERIALIZATION_FAILURE', 'the transaction could not be serialized'],
  '40P01': ['SERIALIZATION_FAILURE', 'the transaction was the victim of a deadlock'],
  '57P01': ['CONNECTION_LOST', 'the server ended the session'],
  '57P02': ['CONNECTION_LOST', 'the server crashed'],
  '57P03': ['SERVER_UNAVAILABLE', 'the server is starting or stopping'],
  '25P03': ['CONNECTION_LOST', 'the server ended the session, idle in a transaction'],
  '25P04': ['CONNECTION_LOST', 'the server ended the session at its transaction_timeout'],
  '57P05': ['CONNECTION_LOST', 'the server ended the idle session'],
  '25006': ['SERVER_UNAVAILABLE', 'the server is read-only'],
  '53300': ['SERVER_UNAVAILABLE', 'the server has no connection left'],
  '53400': ['SERVER_UNAVAILABLE', 'a limit of the server was reached'],
  '42501': ['ACCESS_DENIED', 'the role may not do this'],
  '42P01': ['NOT_FOUND', 'the table does not exist'],
  '42703': ['STATEMENT_FAILED', 'a column does not exist'],
  '3D000': ['NOT_FOUND', 'the database does not exist'],
  '3F000': ['NOT_FOUND', 'the schema does not exist'],
  '22023': ['STATEMENT_FAILED', 'the server refused a setting or an option'],
  '22P04': ['BAD_ROW', 'a row does not have the form that COPY expects'],
  '22021': ['BAD_ROW', 'a row holds bytes that are not valid in the encoding'],
  '23502': ['CONSTRAINT_VIOLATION', 'a row leaves out a required value'],
  '23503': ['CONSTRAINT_VIOLATION', 'a row refers to one that does not exist'],
  '23505': ['CONSTRAINT_VIOLATION', 'a row repeats a unique key'],
  '23514': ['CONSTRAINT_VIOLATION', 'a row violates a check'],
};

const BY_CLASS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '08': ['CONNECTION_LOST', 'the connection broke'],
  '22': ['BAD_ROW', 'a row does not fit the table'],
  '23': ['CONSTRAINT_VIOLATION', 'a row violates a constraint'],
  '28': ['AUTH_FAILED', 'the server refused the credentials'],
  '42': ['STATEMENT_FAILED', 'the server refused the statement'],
  '53': ['DISK_FULL', 'the server is out of resources'],
  '58': ['SERVER_ERROR', 'the server met an error of its system'],
  XX: ['SERVER_ERROR', 'the server met an internal error'],
};

const CONNECT_CODES = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT']);
const LOST_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** What node-postgres and its pool say of their own timeouts, without a code. */
const WAITS: Readonly<Partial<Record<string, readonly [ErrorCode, string]>>> = {
  'timeout expired': ['CONNECT_TIMEOUT', 'the server did not accept a connection in time'],
  'Connection terminated due to connection timeout': [
    'CONNECT_TIMEOUT',
    'the server did not accept a connection in time',
  ],
  'timeout exceeded when trying to connect': ['POOL_TIMEOUT', 'no connection became free in time'],
  'Query read timeout': ['RESPONSE_TIMEOUT', "the pool's query_timeout ran out"],
};

/** Ours for any error of node-postgres; one of ours comes back as it is. */
export function classifyPostgresError(error: unknown, table?: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const code = codeOf(error);
  // Five capitals are not yet a SQLSTATE: EPIPE.
  const ofSystem = code !== undefined && /^E[A-Z]{4}$/.test(code);
  if (code !== undefined && !ofSystem && /^[0-9A-Z]{5}$/.test(code)) return fromSqlState(error as object, code, table);
  const cause = safeCause(error);
  if (code !== undefined && CONNECT_CODES.has(code)) {
    return connectorError('CONNECTION_FAILED', `no connection could be made (${code})`, { cause });
  }
  const message = error instanceof Error ? error.message : '';
  const waiting = WAITS[message];
  if (waiting !== undefined) return connectorError(...waiting, { cause });
  // node-postgres gives these without a code.
  const lost = /^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(message);
  if (lost || (code !== undefined && (LOST_CODES.has(code) || isDamagedTls(code, message)))) {
    return connectorError('CONNECTION_LOST', 'the connection broke', { cause });
  }
  if (refusesTls(error)) {
    return connectorError('CONFIG_INVALID', "the server offers no TLS: set sslmode=disable, or 'prefer'", { cause });
  }
  if (code !== undefined && /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(code)) {
    return connectorError('AUTH_FAILED', `the server's certificate was refused (${code})`, { cause });
  }
  if (code !== undefined && /^(EPROTO$|ERR_SSL_)/.test(code)) {
    return connectorError('CONNECTION_FAILED', `no TLS could be agreed on (${code})`, { cause, retryable: false });
  }
  return connectorError('UNKNOWN', 'Postgres failed in a way that is not known here', { cause });
}

/** node-postgres' error, without a code, for a server that answers `N` to an SSLRequest. */
export function refusesTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

function fromSqlState(error: object, sqlState: string, table: string | undefined): ConnectorError {
  const [code, words] = BY_STATE[sqlState] ??
    BY_CLASS[sqlState.slice(0, 2)] ?? ['STATEMENT_FAILED', 'the server refused the statement'];
  // A trigger may RAISE any state with any column and constraint; of the server's own, these classes alone have them.
  const ofRow = sqlState.startsWith('22') || sqlState.startsWith('23');
  const place = placeOf(error, table, ofRow ? fieldOf(error, 'column') : undefined);
  const constraint = sqlState.startsWith('23') ? fieldOf(error, 'constraint') : undefined;
  const facts = [
    place.line === undefined ? '' : `line ${place.line}`,
    place.column === undefined ? '' : `column ${place.column}`,
    constraint === undefined ? '' : `constraint ${constraint}`,
    `SQLSTATE ${sqlState}`,
  ].filter((fact) => fact !== '');
  const message = `${words} (${facts.join(', ')})`;
  const details: ErrorDetails = {
    sqlState,
    constraint,
    ...place,
    cause: safeCause(error, { message: `SQLSTATE ${sqlState}` }),
  };
  return connectorError(code, message, details);
}

/**
 * `where` ends in `COPY <table>, line 3, column a: "<data>"`, in the server's language. Functions that ran come first,
 * with the text of their statements: behind them the line is believed, and a column is not, which may be data.
 */
function placeOf(error: object, table: string | undefined, column: string | undefined): Place {
  const named = column === undefined ? {} : { column };
  const start = `\nCOPY ${table ?? ''},`;
  const where = `\n${fieldOf(error, 'where') ?? ''}`;
  const at = where.indexOf(start);
  const found = /^ \D*?(\d+)(?:, \S+ ([^:]+))?/.exec(where.slice(at + start.length));
  if (table === undefined || at === -1 || found?.[1] === undefined) return named;
  const line = Number(found[1]);
  return at > 0 || found[2] === undefined ? { ...named, line } : { column: found[2], line };
}

function fieldOf(error: object, field: string): string | undefined {
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? fieldOf(error, 'code') : undefined;
}
