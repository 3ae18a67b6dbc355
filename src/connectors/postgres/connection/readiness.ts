/** Where a client stands: ready for a query or not, inside a transaction or not. */
import { bounded } from '../../../core/deadline.ts';
import type { PgClient } from '../native.ts';

/** How long a client that was handed in may take to get ready: a failed query rejects before ReadyForQuery. */
const READY_MS = 100;

/** Whether the client is at ReadyForQuery, or gets there within `READY_MS`. One that was never connected is not. */
export async function isReady(client: PgClient): Promise<boolean> {
  if (client.readyForQuery === undefined) return client.processID !== null;
  if (client.readyForQuery) return true;
  let onDrain = (): void => undefined;
  const drained = new Promise<void>((resolve) => {
    onDrain = resolve;
    client.once('drain', onDrain);
  });
  try {
    await bounded(drained, { timeout: { ms: READY_MS, code: 'CLIENT_BUSY', message: 'a query is under way' } });
  } catch {
    client.removeListener('drain', onDrain);
  }
  return client.readyForQuery;
}

/** `'I'` outside a transaction, `'T'` inside, `'E'` inside a failed one ("ReadyForQuery"). */
export async function transactionStatusOf(client: PgClient): Promise<string | undefined> {
  const known = client.getTransactionStatus?.();
  if (known !== undefined && known !== null) return known;
  // Older releases of node-postgres do not keep it: the next answer says it.
  let status: string | undefined;
  client.connection.once('readyForQuery', (message) => (status = message.status));
  await client.query('');
  return status;
}
