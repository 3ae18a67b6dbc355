/** One statement on a leased connection, within its deadline: the cancel ladder, and what became of it. */
import type { Deadline } from '../../../core/deadline.ts';
import { attempt, bounded } from '../../../core/deadline.ts';
import { limitMs } from '../../../core/duration.ts';
import { connectorError } from '../../../errors.ts';
import type { ConnectorError, Outcome } from '../../../errors.ts';
import { cancelUntil, endBackend, inTime } from '../cancel.ts';
import { classifyPostgresError } from '../errors.ts';
import { Flight } from './flight.ts';
import type { FlightSpec } from './flight.ts';
import type { BackendIdentity, Lease } from '../lease.ts';
import type { PgClient } from '../native.ts';

export interface StatementSpec extends Omit<FlightSpec, 'prefix' | 'asksWho'> {
  readonly deadline: Deadline;
  /** The longest wait for a lock; undefined inside a transaction, which has it already. */
  readonly lockMs?: number | undefined;
  /** False for what cannot run in a transaction, which therefore has no limits of its own on the server. */
  readonly limited: boolean;
  /** Whether it is committed by itself. */
  readonly autocommit: boolean;
  /** May be repeated after its answer was lost. */
  readonly idempotent: boolean;
  readonly cleanupMs: number;
}

/** Backends behind connections that always lead to the same one. */
const identities = new WeakMap<PgClient, BackendIdentity>();

/**
 * Sends a statement and waits for all of its answer. When it throws, the client is at ReadyForQuery as well, or destroyed.
 *
 * @throws ConnectorError whose `outcome` says whether the statement was committed.
 */
export async function runStatement(lease: Lease, spec: StatementSpec): Promise<Flight> {
  const { deadline } = spec;
  const { client } = lease;
  const known = lease.backend ?? identities.get(client);
  const asksWho = known === undefined && spec.limited && spec.isScript !== true;
  const prefix = spec.limited ? limits(spec, asksWho) : undefined;
  const flight = await Flight.make({ ...spec, prefix, asksWho }, client);
  deadline.enter('transfer');
  lease.identity = known;
  client.query(flight);
  let status = await bounded(flight.over, { signal: deadline.signal }).catch(() => undefined);
  remember(lease, flight);
  // The server's clock may be heard before ours.
  const stopped = status === undefined || isCancelled(flight.failure) ? deadline.error : undefined;
  if (stopped !== undefined && status === undefined) status = await stop(lease, flight, spec);
  if (status === undefined) {
    lease.destroy();
    throw lost(stopped ?? classifyPostgresError(flight.failure ?? connectionLost()), flight, spec);
  }
  if (stopped === undefined && flight.failure === undefined && (status === 'I' || !spec.autocommit)) return flight;
  const fault = stopped ?? classifyPostgresError(flight.failure ?? transactionLeft());
  if (status !== 'I' && spec.autocommit) {
    await leaveTransaction(lease, spec);
    // A script may have committed something before.
    throw spec.isScript === true ? toldAs(fault, 'unknown', false) : fault;
  }
  throw flight.isDone && spec.autocommit ? toldAs(fault, 'done', false) : fault;
}

function isCancelled(failure: unknown): boolean {
  return failure !== undefined && classifyPostgresError(failure).code === 'STATEMENT_TIMEOUT';
}

/** `SET LOCAL` as a query, which is silent where the transaction is that of the statement alone. */
function limits({ deadline, lockMs }: StatementSpec, asksWho: boolean): string {
  const set = (name: string, ms: number): string => `set_config('${name}', '${limitMs(ms)}', true)`;
  const all = [
    ...(asksWho ? ['pid', 'backend_start::text'] : []),
    set('statement_timeout', deadline.remainingMs),
    ...(lockMs === undefined ? [] : [set('lock_timeout', lockMs)]),
  ];
  return `SELECT ${all.join(', ')}${asksWho ? ' FROM pg_stat_get_activity(pg_backend_pid())' : ''}`;
}

/** A pooler says another pid than the backend's, which may be another one for every transaction. */
function remember(lease: Lease, { backend }: Flight): void {
  if (backend === undefined) return;
  lease.identity = backend;
  if (backend.pid === lease.client.processID) identities.set(lease.client, backend);
}

/** The ladder: the transaction's status if there was a last word on the statement, or undefined with the client cut off. */
async function stop(lease: Lease, flight: Flight, { cleanupMs }: StatementSpec): Promise<string | undefined> {
  const ladder = async (signal: AbortSignal): Promise<string | undefined> => {
    const interrupt = (): Promise<void> => cancelUntil(flight.over, lease, signal);
    if (await inTime(lease, interrupt, signal)) return flight.over;
    await endBackend(lease, signal);
    return undefined;
  };
  const timeout = { ms: cleanupMs, code: 'RESPONSE_TIMEOUT', message: 'the clean-up took too long' } as const;
  return attempt(ladder, { timeout }).catch(() => undefined);
}

/** What a statement has begun would be the next user's. */
async function leaveTransaction(lease: Lease, { cleanupMs }: StatementSpec): Promise<void> {
  const timeout = { ms: cleanupMs, code: 'RESPONSE_TIMEOUT', message: 'no answer to ROLLBACK' } as const;
  await bounded(lease.rollback(), { timeout }).catch(() => lease.destroy());
}

/** The answer will never come: whether the statement was committed, nobody knows. */
function lost(fault: ConnectorError, flight: Flight, { autocommit, idempotent }: StatementSpec): ConnectorError {
  return flight.isSent && autocommit ? toldAs(fault, 'unknown', idempotent && fault.retryable) : fault;
}

function toldAs(fault: ConnectorError, outcome: Outcome, retryable: boolean): ConnectorError {
  const { code, message, cause, sqlState, stage } = fault;
  return connectorError(code, message, { cause, sqlState, stage, outcome, retryable });
}

function connectionLost(): ConnectorError {
  return connectorError('CONNECTION_LOST', 'the connection broke');
}

function transactionLeft(): ConnectorError {
  const message = 'the statement left a transaction open, which was rolled back: use transaction()';
  return connectorError('CONFIG_INVALID', message);
}
