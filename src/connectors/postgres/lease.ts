/**
 * One connection for one stream: a transaction around the work, and given back only at ReadyForQuery. A client that is
 * not there is never returned to a pool, where it would hang the next query.
 */
import { randomUUID } from 'node:crypto';
import { limitMs } from '../../core/duration.ts';
import { connectorError } from '../../errors.ts';
import type { PgClient, PgResult } from './native.ts';
import { isReady, transactionStatusOf } from './connection/readiness.ts';

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
  /** As `DateStyle`: dates are texts of this form. */
  readonly dateStyle: string;
}

/** PostgreSQL 17 and later have it; a stream has its own deadline. */
const NO_TRANSACTION_TIMEOUT =
  "SELECT set_config('transaction_timeout', '0', true) WHERE current_setting('transaction_timeout', true) IS NOT NULL";

/** The transaction's id, by whether it will write. A standby has no ids to give, and reading needs none. */
const XIDS = {
  yes: 'pg_current_xact_id()',
  maybe: "CASE WHEN current_setting('transaction_read_only') = 'off' THEN pg_current_xact_id() END",
  no: 'NULL',
} as const;

export interface SessionSettings {
  /** Milliseconds to wait for a lock. */
  readonly lockMs: number;
  /** What will write has to have a server that it can write to; what may write takes any. */
  readonly writes: keyof typeof XIDS;
  /** As BEGIN takes them. */
  readonly modes?: string | undefined;
}

/** Clients that ever carried a stream. */
const used = new WeakSet();
/** Clients that were read-only when they were new: no failover has made them so. */
const readOnlyFromTheStart = new WeakSet();

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
    const who = `SELECT pid, backend_start::text AS started, ${XIDS[writes]}::text AS xid, current_setting('transaction_read_only') AS read_only, current_setting('server_version_num') AS version, current_setting('DateStyle') AS date_style FROM pg_stat_activity WHERE pid = pg_backend_pid()`;
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
      dateStyle: String(row?.['date_style']),
    };
    if (!this.backend.readOnly) readOnlyFromTheStart.delete(this.client);
    else if (!this.reused) readOnlyFromTheStart.add(this.client);
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

  /** It could write, for all that is known, and cannot any more. */
  get hasTurnedReadOnly(): boolean {
    return this.backend?.readOnly === true && !readOnlyFromTheStart.has(this.client);
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

/** The broken connection also fails the query that runs, which reports it; unheard, the event would end the process. */
function ignore(): void {
  return undefined;
}
