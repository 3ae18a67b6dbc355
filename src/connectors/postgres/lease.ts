/**
 * One connection for one stream: got within bounds, a transaction around the work, given back only at ReadyForQuery.
 * A client that is not there is never returned to a pool, where it would hang the next query.
 */
import { randomUUID } from 'node:crypto';
import { bounded } from '../../core/deadline.ts';
import { limitMs } from '../../core/duration.ts';
import { connectorError } from '../../errors.ts';
import { classifyPostgresError } from './errors.ts';
import type { PgClient, PgPool, PgResult } from './native.ts';

/** Which of the server's processes it is; the start tells it from a later one with the same pid. */
export interface BackendIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** What is known of the server's side of a session, read inside the transaction: a pooler may give any backend. */
export interface Backend extends BackendIdentity {
  /** The transaction's id, by which a lost COMMIT can be asked about; undefined inside a caller's transaction. */
  readonly xid: string | undefined;
  /** The transaction cannot write: a standby, or a server or role that is set so. */
  readonly readOnly: boolean;
  /** As `server_version_num`: 180004 is 18.4. */
  readonly serverVersion: number;
}

/** PostgreSQL 17 and later have it; a stream has its own deadline. */
const NO_TRANSACTION_TIMEOUT =
  "SELECT set_config('transaction_timeout', '0', true) WHERE current_setting('transaction_timeout', true) IS NOT NULL";

/** A standby has no ids to give, and reading needs none. */
const XID_IF_WRITABLE = "CASE WHEN current_setting('transaction_read_only') = 'off' THEN pg_current_xact_id() END";

export interface SessionSettings {
  /** Milliseconds to wait for a lock. */
  readonly lockMs: number;
  /** Whether the transaction needs an id, that is, whether it will write. */
  readonly writes: boolean;
  /** As BEGIN takes them. Such a transaction may write, and has an id where the server lets it. */
  readonly modes?: string | undefined;
}

/** How long a client that was handed in may take to get ready: a failed query rejects before ReadyForQuery. */
const READY_MS = 100;

/** Clients that were handed in and carry one of our streams now; all that ever did; how many each pool carries now. */
const busy = new WeakSet();
const used = new WeakSet();
const carrying = new WeakMap<PgPool, number>();

export class Lease {
  readonly client: PgClient;
  /** The client has carried a stream before. */
  readonly reused: boolean;
  backend: Backend | undefined;
  /** Where there is no transaction of ours, and the backend is known all the same. */
  identity: BackendIdentity | undefined;
  /** Set inside a caller's open transaction: the work runs under it, and its end is not ours to decide. */
  savepoint: string | undefined;
  readonly #giveBack: (destroy: boolean) => void;
  #over: 'released' | 'destroyed' | undefined;
  /** Whether there is a transaction or savepoint of ours to undo. */
  #begun = false;

  /** `giveBack` returns the client to where it came from; a client that was handed in is its owner's to release. */
  constructor(client: PgClient, giveBack: (destroy: boolean) => void) {
    this.client = client;
    this.reused = used.has(client);
    used.add(client);
    this.#giveBack = giveBack;
    client.on('error', ignore);
  }

  /** Opens the transaction, or a savepoint in the caller's, and learns who the backend is: one round trip. */
  async begin({ lockMs, writes, modes }: SessionSettings): Promise<Backend> {
    const status = await transactionStatusOf(this.client);
    if (status === 'E') {
      throw connectorError('CONFIG_INVALID', 'the transaction of the client handed in has failed; roll it back first');
    }
    const xid = modes === undefined ? (writes ? 'pg_current_xact_id()' : 'NULL') : XID_IF_WRITABLE;
    const who = `SELECT pid, backend_start::text AS started, ${xid}::text AS xid, current_setting('transaction_read_only') AS read_only, current_setting('server_version_num') AS version FROM pg_stat_activity WHERE pid = pg_backend_pid()`;
    if (status === 'T') this.savepoint = `sluice_${randomUUID().replaceAll('-', '')}`;
    const begin =
      this.savepoint === undefined
        ? // SET LOCAL alone survives a transaction pooler. A server that cannot reach us must free its locks by itself.
          `BEGIN ${modes ?? ''}; SET LOCAL lock_timeout = ${limitMs(lockMs)}; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL tcp_keepalives_idle = 30; SET LOCAL tcp_keepalives_interval = 10; SET LOCAL tcp_keepalives_count = 3; SET LOCAL tcp_user_timeout = 60000; ${NO_TRANSACTION_TIMEOUT}`
        : `SAVEPOINT ${this.savepoint}`;
    // Given back meanwhile: the client is somebody else's.
    if (this.#over !== undefined) throw connectorError('ABORTED', 'the client was given back before the transaction');
    this.#begun = true;
    const results = await this.query(`${begin}; ${who}`);
    const row = results.at(-1)?.rows[0];
    this.backend = {
      pid: Number(row?.['pid']),
      startedAt: String(row?.['started']),
      xid: typeof row?.['xid'] === 'string' && this.savepoint === undefined ? row['xid'] : undefined,
      readOnly: row?.['read_only'] === 'on',
      serverVersion: Number(row?.['version']),
    };
    return this.backend;
  }

  async query(sql: string): Promise<PgResult[]> {
    const result = await this.client.query(sql);
    return Array.isArray(result) ? result : [result];
  }

  /** Undoes the work; resolves at ReadyForQuery, so the client is good for the next user. */
  async rollback(): Promise<void> {
    const { savepoint } = this;
    await this.query(
      savepoint === undefined ? 'ROLLBACK' : `ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`,
    );
  }

  /**
   * Sends the commit. Inside a caller's transaction the work becomes part of it.
   *
   * @throws PermanentError `CLIENT_BUSY` when somebody else used the client, and the transaction may be over.
   */
  async commit(): Promise<void> {
    const { client, savepoint } = this;
    const ready = await isReady(client);
    if (this.#over !== undefined) throw connectorError('ABORTED', 'the client was given back before the commit');
    if (savepoint === undefined && (!ready || (client.getTransactionStatus?.() ?? 'T') === 'I')) {
      this.#begun = false;
      throw connectorError('CLIENT_BUSY', 'the client was used by somebody else, who may have ended the transaction');
    }
    const [result] = await this.query(this.savepoint === undefined ? 'COMMIT' : `RELEASE SAVEPOINT ${this.savepoint}`);
    if (result?.command === 'ROLLBACK') {
      // The server's answer to COMMIT in a failed transaction, which is no error of its own (manual, "COMMIT").
      throw connectorError('STATEMENT_FAILED', 'the server rolled the transaction back instead of committing it', {
        sqlState: '25P02',
      });
    }
  }

  /** Nothing of ours is left on the client, or it is somebody else's by now: it must not be touched. */
  get untouched(): boolean {
    return this.#over === 'released' || (this.#over === undefined && !this.#begun);
  }

  get isDestroyed(): boolean {
    return this.#over === 'destroyed';
  }

  /** Gives back a client that is at ReadyForQuery. Idempotent. */
  release(): void {
    if (!this.#end('released')) return;
    this.client.removeListener('error', ignore);
    this.#giveBack(false);
  }

  /** Cuts the socket: the client will serve nobody again. Idempotent. */
  destroy(): void {
    if (!this.#end('destroyed')) return;
    this.client.connection.stream.destroy();
    this.#giveBack(true);
  }

  #end(how: 'released' | 'destroyed'): boolean {
    const first = this.#over === undefined;
    this.#over ??= how;
    return first;
  }
}

/** Whether a client that was handed in carries one of our streams. */
export function isCarrying(client: PgClient): boolean {
  return busy.has(client);
}

/** A client that somebody handed in, or one out of a pool, theirs or ours. */
export type ClientSource = { readonly client: PgClient } | { readonly pool: PgPool };

/**
 * Gets a client within `poolMs` or until `signal`; one that arrives later is given back at once.
 *
 * @throws TimeoutError `POOL_TIMEOUT`, PermanentError `CLIENT_BUSY`, or what connecting failed with.
 */
export async function acquire(source: ClientSource, poolMs: number, signal?: AbortSignal): Promise<Lease> {
  if ('client' in source) {
    if (busy.has(source.client)) {
      throw connectorError(
        'CLIENT_BUSY',
        'the client handed in already carries another stream: give each stream a connection of its own',
      );
    }
    busy.add(source.client);
    if (!(await isReady(source.client))) {
      busy.delete(source.client);
      throw source.client.processID === null
        ? connectorError('CONFIG_INVALID', 'the client handed in is not connected: await its connect() first')
        : connectorError('CLIENT_BUSY', 'the client handed in runs a query: await it first');
    }
    return new Lease(source.client, () => busy.delete(source.client));
  }
  const { pool } = source;
  const client = await bounded(pool.connect(), {
    signal,
    timeout: { ms: poolMs, code: 'POOL_TIMEOUT', message: `no connection became free in ${poolMs} ms` },
    late: (arrived) => arrived.release?.(),
  }).catch((error: unknown) => {
    throw explained(error, pool);
  });
  if (!('connection' in client)) {
    (client as PgClient).release?.();
    throw connectorError(
      'CONFIG_INVALID',
      "the pool's clients are not of pg.Client: they do not show their connection",
    );
  }
  carrying.set(pool, carried(pool) + 1);
  return new Lease(client, (destroy) => {
    carrying.set(pool, carried(pool) - 1);
    client.release?.(destroy);
  });
}

/** A source and a sink of one pipeline wait for each other for ever when there is one connection for both. */
function explained(error: unknown, pool: PgPool): unknown {
  const { code, message } = classifyPostgresError(error);
  if (code !== 'POOL_TIMEOUT') return error;
  const { max } = pool.options;
  const streams = carried(pool);
  if (streams < max) return connectorError(code, `${message} (${max} in the pool)`);
  return connectorError(
    code,
    `${message}: all ${max} of the pool carry streams. A source and a sink of one pipeline need a connection each: raise the pool's size, or give each a pool of its own`,
  );
}

function carried(pool: PgPool): number {
  return carrying.get(pool) ?? 0;
}

/** Whether the client is at ReadyForQuery, or gets there within `READY_MS`. One that was never connected is not. */
async function isReady(client: PgClient): Promise<boolean> {
  if (client.readyForQuery === undefined) return client.processID !== null;
  if (client.readyForQuery) return true;
  let onDrain = ignore;
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
async function transactionStatusOf(client: PgClient): Promise<string | undefined> {
  const known = client.getTransactionStatus?.();
  if (known !== undefined && known !== null) return known;
  // Older releases of node-postgres do not keep it: the next answer says it.
  let status: string | undefined;
  client.connection.once('readyForQuery', (message) => (status = message.status));
  await client.query('');
  return status;
}

/** The broken connection also fails the query that runs, which reports it; unheard, the event would end the process. */
function ignore(): void {
  return undefined;
}
