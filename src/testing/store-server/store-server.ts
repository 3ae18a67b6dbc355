/** A store on loopback: a service, behind the faults and the log that every store has. */
import { exchange } from './exchange.ts';
import type { Service, ServiceRequest } from './exchange.ts';
import { createFaults } from './faults.ts';
import type { Faults, SeenRequest } from './faults.ts';
import { listen } from './listener.ts';
import type { Certificate } from './listener.ts';
import { createOperationLog } from './operation-log.ts';
import type { Entry, OperationLog } from './operation-log.ts';

export interface StoreServerOptions {
  /** Only loopback. */
  readonly host?: '127.0.0.1' | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

export interface StoreServer<R extends SeenRequest> extends AsyncDisposable {
  readonly port: number;
  /** Every request since the start, in the order of arrival; entries fill in as requests end. */
  readonly operations: readonly Entry<R>[];
  /** Resolves when the nth request of an operation has arrived, or with `ended` when it is over; past ones count. */
  readonly waitFor: OperationLog<R>['waitFor'];
  /** Makes something go wrong. */
  readonly on: Faults<R>['on'];
  /** Ends all connections at once, stalled ones too, and frees the port; idempotent. */
  close(): Promise<void>;
}

/** With a certificate, over TLS. */
export async function startStoreServer<I extends ServiceRequest, R extends SeenRequest>(
  service: Service<I, R>,
  isOperation: (name: string) => boolean,
  { host = '127.0.0.1', port = 0 }: StoreServerOptions,
  certificate?: Certificate,
): Promise<StoreServer<R>> {
  const faults = createFaults<R>(isOperation);
  const log = createOperationLog<R>();
  const exchanges = { service, faults, log };
  const listener = await listen(
    host,
    port,
    (message, response, expectsContinue) => void exchange(exchanges, message, response, expectsContinue),
    certificate,
  );
  return {
    port: listener.port,
    operations: log.entries,
    waitFor: log.waitFor,
    on: faults.on,
    close: listener.close,
    [Symbol.asyncDispose]: listener.close,
  };
}
