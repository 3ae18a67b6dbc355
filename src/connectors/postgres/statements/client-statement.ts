/** One statement on a connection of a profile's pool, which it has to itself and commits by itself. */
import type { ClientProfile } from '../../../config/client-profiles.ts';
import { call } from '../../../core/call.ts';
import { parseDuration } from '../../../core/duration.ts';
import { retryPolicy, withRetry } from '../../../core/retry.ts';
import { connectorError, withDetails } from '../../../errors.ts';
import type { ConnectorError } from '../../../errors.ts';
import { callInfo } from '../attributes.ts';
import type { PostgresProfile } from '../config.ts';
import { classifyPostgresError } from '../errors.ts';
import type { Flight } from './flight.ts';
import type { Lease } from '../lease.ts';
import type { StatementAnswer, StatementOptions, StatementRequest } from './queries.ts';
import { WORTH_ANOTHER_TRY, connection } from '../session.ts';
import { runStatement } from './statement.ts';

export async function runAlone(
  client: object,
  profile: ClientProfile<PostgresProfile>,
  request: StatementRequest,
  options: StatementOptions,
): Promise<StatementAnswer> {
  const { timeouts, retries } = profile.use().settings;
  const {
    signal,
    timeout = timeouts.statement,
    poolTimeout,
    lockTimeout,
    idempotent = false,
    transaction = true,
  } = options;
  // Repeated as a whole, below: one budget for both.
  const connect = connection({ client, retry: false, poolTimeout, lockTimeout });
  const policy = retryPolicy(options.retry ?? retries);
  const limits = {
    limited: transaction,
    lockMs: lockTimeout === undefined ? timeouts.lock : parseDuration(lockTimeout, 'lockTimeout'),
    cleanupMs: parseDuration(options.cleanupTimeout ?? '5s', 'cleanupTimeout'),
  };
  const { operation: name, text, values, ...form } = request;
  return call(
    callInfo(name, profile.name),
    { signal, timeout },
    classifyPostgresError,
    async ({ deadline, operation }) => {
      const open = connect({ deadline, operation });
      let isUnderWay = false;
      let flight: Flight | undefined;
      let failure: ConnectorError | undefined;
      const once = async (): Promise<Flight> => {
        isUnderWay = false;
        let lease: Lease | undefined;
        try {
          await open(deadline.signal, (taken) => (lease = taken), undefined);
          if (lease === undefined) throw connectorError('UNKNOWN', 'there is no connection');
          isUnderWay = true;
          const statement = { text, bindings: [values], ...form, ...limits, deadline, autocommit: true, idempotent };
          return (flight = await runStatement(lease, statement));
        } catch (error) {
          if (!isUnderWay) throw error;
          failure = classifyPostgresError(error);
          // After a failover it leads to the wrong server, and the next one may lead to the right one.
          if (failure.sqlState === '25006') lease?.destroy();
          throw failure;
        } finally {
          lease?.release();
        }
      };
      const { result, counts } = await withRetry(once, policy, {
        signal: deadline.signal,
        repeats: (error) => (isUnderWay ? idempotent && error.retryable : WORTH_ANOTHER_TRY.has(error.code)),
        onRetry: (error, attempt) => operation.retry(error, attempt),
        onPause: () => {
          isUnderWay = false;
          return deadline.backOff();
        },
      }).catch((error: unknown) => {
        // What stopped it knows nothing of what became of the statement.
        if (flight !== undefined) return flight;
        throw isUnderWay && failure !== undefined
          ? failure
          : withDetails(classifyPostgresError(error), { outcome: failure?.outcome });
      });
      const rowCount = counts.at(-1) ?? 0;
      return [{ rows: result?.rows ?? [], rowCount }, { rows: rowCount }];
    },
  );
}
