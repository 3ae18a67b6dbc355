/** What Postgres' error states mean here (manual, appendix A): exact states first, then their classes. */
import type { ErrorCode } from '../../errors.ts';

/** A code, our words for it, and whether to retry where that differs from what the table of codes says. */
export type StateRule = readonly [code: ErrorCode, words: string, retryable?: boolean];

export const POSTGRES_STATES: ReadonlyMap<string, StateRule> = new Map(
  Object.entries<StateRule>({
    '08001': ['CONNECTION_FAILED', 'no connection could be made'],
    '08004': ['CONNECTION_FAILED', 'the server refused the connection'],
    // As 40003: whether the transaction was committed cannot be said.
    '08007': ['COMMIT_UNKNOWN', 'nobody can say whether the transaction was committed'],
    '22023': ['STATEMENT_FAILED', 'the server refused a setting or an option'],
    '22021': ['BAD_ROW', 'a row holds bytes that are not valid in the encoding'],
    '22P04': ['BAD_ROW', 'a row does not have the form that COPY expects'],
    '23502': ['CONSTRAINT_VIOLATION', 'a row leaves out a required value'],
    '23503': ['CONSTRAINT_VIOLATION', 'a row refers to one that does not exist'],
    '23505': ['CONSTRAINT_VIOLATION', 'a row repeats a unique key'],
    '23514': ['CONSTRAINT_VIOLATION', 'a row violates a check'],
    '25006': ['SERVER_UNAVAILABLE', 'the server is read-only'],
    '25P03': ['CONNECTION_LOST', 'the server ended the session, idle in a transaction'],
    '25P04': ['CONNECTION_LOST', 'the server ended the session at its transaction_timeout'],
    '40001': ['SERIALIZATION_FAILURE', 'the transaction could not be serialized'],
    '40002': ['CONSTRAINT_VIOLATION', 'the transaction violates a constraint'],
    '40003': ['COMMIT_UNKNOWN', 'nobody can say whether the statement took effect'],
    '40P01': ['SERIALIZATION_FAILURE', 'the transaction was the victim of a deadlock'],
    '42501': ['ACCESS_DENIED', 'the role may not do this'],
    '42703': ['STATEMENT_FAILED', 'a column does not exist'],
    '42710': ['ALREADY_EXISTS', 'the object exists already'],
    '42P01': ['NOT_FOUND', 'the table does not exist'],
    '42P04': ['ALREADY_EXISTS', 'the database exists already'],
    '42P06': ['ALREADY_EXISTS', 'the schema exists already'],
    '42P07': ['ALREADY_EXISTS', 'the table exists already'],
    '53100': ['DISK_FULL', 'the disk of the server is full'],
    '53200': ['SERVER_UNAVAILABLE', 'the server is out of memory'],
    '53300': ['SERVER_UNAVAILABLE', 'the server has no connection left'],
    '53400': ['SERVER_UNAVAILABLE', 'a limit of the server was reached'],
    '55P03': ['LOCK_TIMEOUT', 'a lock was not granted in time'],
    '57014': ['STATEMENT_TIMEOUT', 'the server cancelled the statement'],
    '57P01': ['CONNECTION_LOST', 'the server ended the session'],
    '57P02': ['CONNECTION_LOST', 'the server crashed'],
    '57P03': ['SERVER_UNAVAILABLE', 'the server is starting or stopping'],
    '57P04': ['NOT_FOUND', 'the database was dropped'],
    '57P05': ['CONNECTION_LOST', 'the server ended the idle session'],
    '58P01': ['STATEMENT_FAILED', 'a file of the server does not exist'],
    '58P02': ['STATEMENT_FAILED', 'a file of the server exists already'],
    '58P03': ['STATEMENT_FAILED', 'the name of a file of the server is too long'],
    HV00N: ['SERVER_UNAVAILABLE', 'the server could not connect to a foreign server'],
    XX001: ['SERVER_ERROR', 'the data of the server are damaged', false],
    XX002: ['SERVER_ERROR', 'an index of the server is damaged', false],
  }),
);

export const POSTGRES_CLASSES: ReadonlyMap<string, StateRule> = new Map(
  Object.entries<StateRule>({
    // Poolers report most of their own troubles as 08P01.
    '08': ['CONNECTION_LOST', 'the connection broke'],
    '0A': ['STATEMENT_FAILED', 'the server does not support this'],
    '22': ['BAD_ROW', 'a row does not fit the table'],
    '23': ['CONSTRAINT_VIOLATION', 'a row violates a constraint'],
    '25': ['STATEMENT_FAILED', 'the transaction is not in the state for this'],
    '28': ['AUTH_FAILED', 'the server refused the credentials'],
    '3D': ['NOT_FOUND', 'the database does not exist'],
    '3F': ['NOT_FOUND', 'the schema does not exist'],
    '40': ['SERIALIZATION_FAILURE', 'the server rolled the transaction back'],
    '42': ['STATEMENT_FAILED', 'the server refused the statement'],
    '44': ['CONSTRAINT_VIOLATION', 'a row violates the check option of a view'],
    '53': ['DISK_FULL', 'the server is out of resources'],
    '54': ['STATEMENT_FAILED', 'a limit of Postgres was exceeded'],
    '55': ['STATEMENT_FAILED', 'an object is in use, or not in the state for this'],
    '57': ['SERVER_UNAVAILABLE', 'an operator intervened'],
    '58': ['SERVER_ERROR', 'the server met an error of its system'],
    // Until version 16.
    '72': ['SERIALIZATION_FAILURE', 'the snapshot of the transaction is too old'],
    XX: ['SERVER_ERROR', 'the server met an internal error'],
  }),
);

/** Every other class is about the statement. */
const REFUSED: StateRule = ['STATEMENT_FAILED', 'the server refused the statement'];

/** What the table says of a state; every state has a rule. */
export function ruleOf(sqlState: string): StateRule {
  return POSTGRES_STATES.get(sqlState) ?? POSTGRES_CLASSES.get(sqlState.slice(0, 2)) ?? REFUSED;
}
