/** Whether an account's names form a hierarchy: without one, a rename copies and deletes, and is not atomic. */
import { connectorError } from '../../errors.ts';
import { classifyAdlsError } from './errors.ts';
import type { AdlsRequests } from './requests.ts';
import { rootAccess } from './write-requests.ts';

/** Clients that are known to be of such an account, which it stays for good. */
const hierarchical = new WeakSet();

/**
 * Asks once per client.
 *
 * @throws ConfigError `CONFIG_INVALID` for an account without hierarchical namespace, and what fails in passing. Who may
 * not ask, and a container that is not there, are told by the requests that follow.
 */
export async function requireHierarchy(adls: AdlsRequests, container: string, signal: AbortSignal): Promise<void> {
  if (hierarchical.has(adls.client)) return;
  try {
    await rootAccess(adls, container, signal);
    hierarchical.add(adls.client);
  } catch (error) {
    signal.throwIfAborted();
    const failure = classifyAdlsError(error, 'read');
    if (failure.status === 400) throw withoutHierarchy(failure);
    if (failure.retryable) throw failure;
  }
}

function withoutHierarchy(cause: Error): Error {
  const message =
    'the account has no hierarchical namespace, without which a rename is not atomic: enable it ("Upgrade Azure Blob ' +
    'Storage with Azure Data Lake Storage capabilities"), or use an account that has it';
  return connectorError('CONFIG_INVALID', message, { connector: 'adls2', status: 400, cause });
}
