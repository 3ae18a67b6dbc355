/** COMMIT on a lease; where its answer is lost the server is asked what became of the transaction. */
import { bounded } from '../../core/deadline.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import { transactionStatus } from './cancel.ts';
import type { Lease } from './lease.ts';

export interface CommitSpec {
  /** For the answer, and for the question where there is none. */
  readonly commitMs: number;
  readonly classify: (error: unknown) => ConnectorError;
  readonly signal: AbortSignal;
}

/**
 * Commits, and gives the lease back. A refusal of the server leaves the lease to the caller.
 *
 * @throws PermanentError `COMMIT_UNKNOWN` when the answer was lost and the server could not be asked.
 */
export async function commitLease(lease: Lease, { commitMs, classify, signal }: CommitSpec): Promise<void> {
  // Half of the time for the answer: an answer that is lost leaves the other half to ask for it.
  const ms = commitMs / 2;
  try {
    await bounded(lease.commit(), {
      signal,
      timeout: { ms, code: 'COMMIT_TIMEOUT', message: 'the COMMIT was sent and not answered in time' },
    });
    lease.release();
  } catch (error) {
    const fault = classify(error);
    if (fault.sqlState !== undefined && fault.code !== 'CONNECTION_LOST') throw fault;
    if (fault.code === 'CLIENT_BUSY') lease.release();
    else lease.destroy();
    // What the owner's transaction lost with its connection was never committed.
    if (lease.savepoint !== undefined) throw fault;
    await settle(lease, fault, signal);
  }
}

/** The answer to COMMIT is lost: ask the server what became of the transaction. */
async function settle(lease: Lease, fault: ConnectorError, signal: AbortSignal): Promise<void> {
  let status: 'committed' | 'aborted' | undefined;
  try {
    status = await transactionStatus(lease, signal);
  } catch {
    // The server cannot be asked either.
    status = undefined;
  }
  if (status === 'committed') return;
  if (status === 'aborted') throw fault;
  const message = 'the COMMIT was sent, its answer was lost, and the server could not be asked whether it holds';
  throw connectorError('COMMIT_UNKNOWN', message, { outcome: 'unknown', cause: fault });
}
