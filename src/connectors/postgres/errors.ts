/**
 * Postgres' errors as ours, by SQLSTATE (manual, appendix A). The server's `message`, `detail` and `where` hold row
 * data, so none of them is passed on: line, column and constraint are taken out, the words are ours.
 */
import { ConnectorError, connectorError } from '../../errors.ts';
import type { ErrorCode, ErrorDetails } from '../../errors.ts';
import { textOf } from '../../core/foreign.ts';
import { networkFailure } from '../../core/network-errors.ts';
import { safeCause } from '../../core/safe-cause.ts';
import type { VendorErrors } from '../../core/vendor-errors.ts';
import { ruleOf } from './error-table.ts';

/** Whether what COPY counts are lines of the input, or rows that were written. */
export type Counted = 'line' | 'row';

interface Place {
  readonly line?: number;
  readonly row?: number;
  readonly column?: string;
}

/** What node-postgres and its pool say of their own timeouts, without a code. */
const WAITS: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map(
  Object.entries<readonly [ErrorCode, string]>({
    'timeout expired': ['CONNECT_TIMEOUT', 'the server did not accept a connection in time'],
    'Connection terminated due to connection timeout': [
      'CONNECT_TIMEOUT',
      'the server did not accept a connection in time',
    ],
    'timeout exceeded when trying to connect': ['POOL_TIMEOUT', 'no connection became free in time'],
    'Query read timeout': ['RESPONSE_TIMEOUT', "the pool's query_timeout ran out"],
  }),
);

/** A socket that was closed here or there, as Node's streams say it. */
const CLOSED: ReadonlySet<string> = new Set(['ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Nor have these a code. */
const LOST = /^(?:Connection terminated|Client has encountered a connection error|Client was closed)/;

/** Ours for any error of node-postgres; one of ours comes back as it is. `table` is the one that COPY names. */
export function classifyPostgresError(error: unknown, table?: string, counted: Counted = 'line'): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const sqlState = sqlStateOf(error);
  const refused = refusedParameter(error);
  if (refused !== undefined) return refusedStartup(refused, sqlState);
  if (sqlState !== undefined) return fromSqlState(error, sqlState, { table, counted });
  const cause = safeCause(error);
  const [code, message] = [textOf(error, 'code'), textOf(error, 'message') ?? ''];
  const waiting = WAITS.get(message);
  if (waiting !== undefined) return connectorError(...waiting, { cause });
  if (LOST.test(message) || (code !== undefined && CLOSED.has(code))) {
    return connectorError('CONNECTION_LOST', 'the connection broke', { cause });
  }
  if (refusesTls(error)) {
    return connectorError('CONFIG_INVALID', "the server offers no TLS: set sslmode=disable, or 'prefer'", { cause });
  }
  const network = networkFailure(error);
  if (network !== undefined) {
    return connectorError(network.code, network.message, { retryable: network.retryable, cause });
  }
  return connectorError('UNKNOWN', 'Postgres failed in a way that is not known here', { cause });
}

/** Postgres' errors, for whoever does not know whose an error is. */
export const postgresErrors: VendorErrors = {
  connector: 'postgres',
  // Other libraries have codes of five characters as well: a state comes with a severity.
  recognizes: (error) =>
    (sqlStateOf(error) !== undefined && textOf(error, 'severity') !== undefined) ||
    refusesTls(error) ||
    (error instanceof Error && isWorded(textOf(error, 'message') ?? '')),
  classify: (error) => classifyPostgresError(error, copiedTable(error)),
};

/** node-postgres' error, without a code, for a server that answers `N` to an SSLRequest. */
export function refusesTls(error: unknown): boolean {
  return error instanceof Error && textOf(error, 'message') === 'The server does not support SSL connections';
}

/** What node-postgres throws of its own has no code, only words. */
function isWorded(message: string): boolean {
  return WAITS.has(message) || LOST.test(message);
}

interface Copied {
  readonly table: string | undefined;
  readonly counted: Counted;
}

function fromSqlState(error: unknown, sqlState: string, copied: Copied): ConnectorError {
  const [code, words, retryable] = refusesParameters(error) ? ruleOf('42P02') : ruleOf(sqlState);
  // A function may RAISE any state with any column and constraint; of the server's own, these classes alone have them.
  const ofRow = /^2[23]/.test(sqlState) && !isRaised(error);
  const place = placeOf(error, copied, ofRow ? textOf(error, 'column') : undefined);
  const constraint = ofRow && sqlState.startsWith('23') ? textOf(error, 'constraint') : undefined;
  const facts = [
    place.line === undefined ? '' : `line ${place.line}`,
    place.row === undefined ? '' : `row ${place.row}`,
    place.column === undefined ? '' : `column ${place.column}`,
    constraint === undefined ? '' : `constraint ${constraint}`,
    `SQLSTATE ${sqlState}`,
  ].filter((fact) => fact !== '');
  const message = `${words} (${facts.join(', ')})`;
  const details: ErrorDetails = {
    sqlState,
    retryable,
    outcome: code === 'COMMIT_UNKNOWN' ? 'unknown' : undefined,
    constraint,
    ...place,
    cause: safeCause(error, { message: `SQLSTATE ${sqlState}` }),
  };
  return connectorError(code, message, details);
}

/** PgBouncer's words, which come with the state of a broken protocol; a server's, or a function's, come with a file. */
function refusedParameter(error: unknown): string | undefined {
  if (textOf(error, 'file') !== undefined) return undefined;
  return /^unsupported startup parameter(?: in options)?: (\w+)$/.exec(textOf(error, 'message') ?? '')?.[1];
}

function refusedStartup(parameter: string, sqlState: string | undefined): ConnectorError {
  const remedy =
    parameter === 'application_name' ? 'set startupParameters=false' : 'leave it out of the settings of your client';
  const message = `the pooler refuses the startup parameter ${parameter}: ${remedy}`;
  return connectorError('CONFIG_INVALID', message, { sqlState });
}

/** A number of parameters that the statement does not have violates the protocol, which else is a connection's trouble. */
function refusesParameters(error: unknown): boolean {
  return textOf(error, 'routine') === 'exec_bind_message' && textOf(error, 'code') === '08P01';
}

/**
 * `where` ends in `COPY <table>, line 3, column a: "<data>"`, in the server's language. Functions that ran come first,
 * with the text of their statements: behind them the line is believed, and a column is not, which may be data.
 */
function placeOf(error: unknown, { table, counted }: Copied, column: string | undefined): Place {
  const named = column === undefined ? {} : { column };
  const start = `\nCOPY ${table ?? ''},`;
  const where = `\n${textOf(error, 'where') ?? ''}`;
  const at = where.indexOf(start);
  const found = /^ \D*?(\d+)(?:, \S+ ([^:]+))?/.exec(where.slice(at + start.length));
  if (table === undefined || at === -1 || found?.[1] === undefined) return named;
  const line = Number(found[1]);
  const counts = { [counted]: line };
  return at > 0 || found[2] === undefined ? { ...named, ...counts } : { column: found[2], ...counts };
}

/** Whether a function said it, and not the server: by the source file, as pl_exec.c and plpy_elog.c, in no language. */
function isRaised(error: unknown): boolean {
  return /^pl(?:_|perl|py|tcl|v8)|^$/.test(textOf(error, 'file') ?? '');
}

/** The table of a COPY, where that is all that `where` tells of: no function was running, whose text may be data. */
function copiedTable(error: unknown): string | undefined {
  return /^COPY ([^,\n]+), /.exec(textOf(error, 'where') ?? '')?.[1];
}

/** Five capitals are not yet a SQLSTATE: EPIPE. */
function sqlStateOf(error: unknown): string | undefined {
  const code = textOf(error, 'code');
  return code !== undefined && /^(?!E[A-Z]{4}$)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
