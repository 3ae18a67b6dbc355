/**
 * A client of node-postgres that connects to the first of several hosts that will do, as libpq does: a host that does not
 * answer, is starting, is full or is not what `targetSessionAttrs` wants is passed over; refused credentials end the search.
 */
import { bounded } from '../../core/deadline.ts';
import { limitMs } from '../../core/duration.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError, ErrorCode } from '../../errors.ts';
import type { PostgresConfig } from './config.ts';
import { classifyPostgresError } from './errors.ts';
import { inOrder, unfitness } from './connection/hosts.ts';
import type { Host, SessionState, TargetSessionAttrs } from './connection/hosts.ts';
import type { PgClient, PgClientClass, PgClientSettings } from './native.ts';

const STATE = "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only";

/** What another host may not have. */
const PASSED_OVER: ReadonlySet<ErrorCode> = new Set([
  'CONNECTION_FAILED',
  'CONNECTION_LOST',
  'CONNECT_TIMEOUT',
  'SERVER_UNAVAILABLE',
]);

/** Where an EventEmitter keeps who listens: the pool listens to the client, whichever host it is of. */
const LISTENERS: ReadonlySet<string> = new Set(['_events', '_eventsCount', '_maxListeners']);

type HostsConfig = Pick<PostgresConfig, 'hosts' | 'targetSessionAttrs' | 'loadBalanceHosts' | 'timeouts'>;

/** `settingsOf` gives those of a host, from those that the pool gives its clients. */
export function clientOfHosts(
  Client: PgClientClass,
  { hosts, targetSessionAttrs, loadBalanceHosts, timeouts }: HostsConfig,
  settingsOf: (host: Host, settings: PgClientSettings) => PgClientSettings,
): PgClientClass {
  const [only, ...others] = hosts;
  if (only !== undefined && others.length === 0 && targetSessionAttrs === 'any') {
    return clientWith(Client, (settings) => settingsOf(only, settings));
  }
  const passes = targetSessionAttrs === 'prefer-standby' ? (['standby', 'any'] as const) : [targetSessionAttrs];

  return class extends Client {
    readonly #settings: PgClientSettings;

    constructor(settings: PgClientSettings) {
      super(settings);
      this.#settings = settings;
    }

    override connect(callback?: (error?: unknown) => void): Promise<unknown> {
      const connected = this.#search();
      return callback === undefined ? connected : connected.then(() => callback(), callback);
    }

    async #search(): Promise<void> {
      const refusals = new Map<Host, unknown>();
      for (const wanted of passes) {
        for (const host of inOrder(hosts, loadBalanceHosts)) {
          begin(this, new Client(settingsOf(host, this.#settings)));
          try {
            await this.#connectTo(wanted);
            return;
          } catch (error) {
            discard(this);
            if (!PASSED_OVER.has(classifyPostgresError(error).code)) throw error;
            refusals.set(host, error);
          }
        }
      }
      throw nobody([...refusals]);
    }

    async #connectTo(wanted: TargetSessionAttrs): Promise<void> {
      await super.connect();
      const why = wanted === 'any' ? undefined : unfitness(wanted, await this.#state());
      if (why === undefined) return;
      throw connectorError('SERVER_UNAVAILABLE', `${why}, and targetSessionAttrs is ${targetSessionAttrs}`);
    }

    async #state(): Promise<SessionState> {
      const ms = limitMs(timeouts.connect);
      // What breaks meanwhile fails the question as well; unheard, the event would end the process.
      this.on('error', ignore);
      try {
        const { rows } = await bounded(super.query(STATE, []), {
          timeout: { ms, code: 'CONNECT_TIMEOUT', message: `the server did not say in ${ms} ms what it is` },
        });
        return { standby: rows[0]?.['standby'] === true, readOnly: rows[0]?.['read_only'] === true };
      } finally {
        this.removeListener('error', ignore);
      }
    }
  };
}

function clientWith(Client: PgClientClass, settingsOf: (settings: PgClientSettings) => PgClientSettings) {
  return class extends Client {
    constructor(settings: PgClientSettings) {
      super(settingsOf(settings));
    }
  };
}

/** Of several, each is named with its reason. */
function nobody(refusals: readonly (readonly [Host, unknown])[]): unknown {
  if (refusals.length === 1) return refusals[0]?.[1];
  const failures = refusals.map(([host, error]) => [host, classifyPostgresError(error)] as const);
  const cause = failures.map(([, failure]) => failure).reduce((one, other) => (isUp(one) ? one : other));
  const each = failures.map(([host, { message }]) => `${nameOf(host)}: ${message}`).join('; ');
  return connectorError(cause.code, `none of the hosts will do: ${each}`, {
    sqlState: cause.sqlState,
    retryable: cause.retryable,
    cause,
  });
}

/** A host that has answered tells more than one that has not. */
function isUp({ code }: ConnectorError): boolean {
  return code === 'SERVER_UNAVAILABLE';
}

function nameOf({ host, port }: Host): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A client of node-postgres connects once: `client`, whose earlier connection is discarded, gets the state of a new one. */
function begin(client: PgClient, fresh: PgClient): void {
  discard(client);
  const state = Object.entries(Object.getOwnPropertyDescriptors(fresh)).filter(([name]) => !LISTENERS.has(name));
  Object.defineProperties(client, Object.fromEntries(state));
}

/** Nothing that the connection has still to say reaches the client. */
function discard({ connection }: PgClient): void {
  connection.removeAllListeners();
  connection.on('error', ignore);
  connection.stream.destroy();
}

function ignore(): void {
  return undefined;
}
