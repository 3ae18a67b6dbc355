/**
 * One statement in one round trip: its limits, its text, its parameters and the end of its transaction go out together
 * and are answered together. The limits hold for the transaction of this statement alone ("Pipelining"), which a pooler
 * keeps on one server. node-postgres makes the values.
 */
import { safeCause } from '../../../core/safe-cause.ts';
import { connectorError } from '../../../errors.ts';
import type { ConnectorError } from '../../../errors.ts';
import type { BackendIdentity } from '../lease.ts';
import { loadPg } from '../native.ts';
import type { ExtendedConnection, PgClient, PgQuery, PgResult, Submittable } from '../native.ts';
import { parameterRefused } from './query-refusals.ts';

export interface FlightSpec {
  readonly text: string;
  /** One execution for each; the rows of several are not kept. */
  readonly bindings: readonly (readonly unknown[])[];
  /** Several statements, which have no parameters. */
  readonly isScript?: boolean;
  /** SQL that sets the limits of the transaction, and may ask who the backend is. */
  readonly prefix?: string | undefined;
  /** Whether that answer is wanted before the statement's. */
  readonly asksWho?: boolean;
  readonly rowMode?: 'array' | undefined;
  /** The server is asked for no more rows than these. */
  readonly maxRows?: number | undefined;
  /** Rows beyond these are dropped. */
  readonly keptRows?: number | undefined;
}

interface Message {
  readonly fields: readonly unknown[];
}

export class Flight implements Submittable {
  /** The transaction's status at ReadyForQuery, whether it failed or not; rejects when the connection breaks before. */
  readonly over: Promise<string>;
  /** What the server, or a value, was refused with. */
  failure: unknown;
  backend: BackendIdentity | undefined;
  /** The server has done it, and told so: a value of the answer may be refused all the same. */
  isDone = false;
  /** Something of it may have gone out. */
  isSent = false;
  result: PgResult | undefined;
  /** Rows of each statement, as the server counted them. */
  readonly counts: number[] = [];
  readonly #spec: FlightSpec;
  readonly #queries: readonly PgQuery[];
  readonly #over = Promise.withResolvers<string>();
  #kept = 0;
  #inPrefix: boolean;

  static async make(spec: FlightSpec, client: PgClient): Promise<Flight> {
    const { Query } = await loadPg();
    return new Flight(spec, (values, callback) => {
      const { text, rowMode, maxRows } = spec;
      const types = { getTypeParser: client.getTypeParser.bind(client) };
      const limit = maxRows === undefined ? {} : { rows: maxRows };
      return new Query({ text, values, rowMode, types, ...limit, queryMode: 'extended', callback });
    });
  }

  private constructor(
    spec: FlightSpec,
    query: (values: readonly unknown[], callback: (error: unknown, result?: PgResult | PgResult[]) => void) => PgQuery,
  ) {
    this.#spec = spec;
    this.#inPrefix = spec.prefix !== undefined;
    this.over = this.#over.promise;
    this.over.catch(() => undefined);
    this.#queries = spec.bindings.map((values) =>
      query(values, (error, result) => {
        if (error !== undefined && error !== null)
          this.failure ??= this.isSent ? refusedRow(error) : parameterRefused(error);
        else this.result = Array.isArray(result) ? result.at(-1) : result;
      }),
    );
  }

  submit(connection: ExtendedConnection): undefined {
    const { prefix, text, isScript = false, asksWho = false } = this.#spec;
    const { stream } = connection;
    const onClose = (): void => this.#over.reject(connectorError('CONNECTION_LOST', 'the connection broke'));
    stream.once('close', onClose);
    connection.once('readyForQuery', ({ status }) => {
      stream.removeListener('close', onClose);
      this.#over.resolve(status);
    });
    stream.cork();
    try {
      if (isScript) {
        connection.query(prefix === undefined ? text : `${prefix};\n${text}`);
        return;
      }
      if (prefix !== undefined) this.#sendPrefix(connection, prefix, asksWho);
      this.#sendStatement(connection);
      connection.sync();
    } finally {
      this.isSent = true;
      stream.uncork();
    }
  }

  handleRowDescription(message: unknown): void {
    if (!this.#inPrefix) this.#query?.handleRowDescription(message);
  }

  handleDataRow(message: Message): void {
    if (this.#inPrefix) {
      const [pid, startedAt] = message.fields;
      if (this.#spec.asksWho === true) this.backend = { pid: Number(pid), startedAt: String(startedAt) };
      return;
    }
    this.#kept += 1;
    if (this.#kept <= (this.#spec.keptRows ?? Infinity)) this.#query?.handleDataRow(message);
  }

  handleCommandComplete(message: { readonly text: string }): void {
    if (this.#inPrefix) {
      this.#inPrefix = false;
      return;
    }
    this.counts.push(Number(/\d+$/.exec(message.text)?.[0] ?? 0));
    this.#query?.handleCommandComplete(message, SYNCED);
  }

  /** The server may have more rows, which nobody wants. */
  handlePortalSuspended(): void {
    return undefined;
  }

  handleEmptyQuery(): void {
    return undefined;
  }

  handleCopyInResponse(connection: ExtendedConnection): void {
    this.#fail(isCopy());
    connection.sendCopyFail('COPY is no query');
    // The one that was sent with the statement has been taken for a part of the COPY.
    if (this.#spec.isScript !== true) connection.sync();
  }

  handleCopyData(): void {
    this.#fail(isCopy());
  }

  handleReadyForQuery(connection: unknown): void {
    this.isDone = this.failure === undefined;
    this.#query?.handleReadyForQuery(connection);
  }

  handleError(error: unknown): void {
    this.#fail(error);
    if (!this.isSent) this.#over.reject(error);
  }

  /** That of the one statement, whose rows are kept. */
  get #query(): PgQuery | undefined {
    return this.#queries.length === 1 ? this.#queries[0] : undefined;
  }

  #sendPrefix(connection: ExtendedConnection, text: string, asksWho: boolean): void {
    connection.parse({ text });
    connection.bind({});
    connection.execute({});
    if (asksWho) connection.flush();
  }

  #sendStatement(connection: ExtendedConnection): void {
    const { text, maxRows = 0, bindings } = this.#spec;
    // Older releases of node-postgres would send it as a simple query.
    if (bindings.every((values) => values.length === 0)) {
      connection.parse({ text });
      bindings.forEach(() => {
        connection.bind({});
        connection.describe({ type: 'P', name: '' });
        connection.execute({ rows: maxRows });
      });
      return;
    }
    let isParsed = false;
    const once: ExtendedConnection = Object.assign(Object.create(connection) as ExtendedConnection, {
      parse: (config: { readonly text: string }) => {
        if (!isParsed) connection.parse(config);
        isParsed = true;
      },
      flush: ignore,
      sync: ignore,
      close: ignore,
    });
    for (const query of this.#queries) {
      query.submit(once);
      if (this.failure !== undefined) return;
    }
  }

  #fail(error: unknown): void {
    this.failure ??= error;
  }
}

const ignore = (): void => undefined;

/** What a query may want to synchronize has been. */
const SYNCED = { sync: ignore };

function isCopy(): ConnectorError {
  return connectorError('CONFIG_INVALID', 'COPY is no query: use copyFrom, copyTo, pgCopyFrom or pgCopyTo');
}

/** The parser is the user's, and may quote what it was given. */
function refusedRow(error: unknown): ConnectorError {
  const cause = safeCause(error, { message: 'a value was refused' });
  return connectorError('BAD_ROW', 'a parser of the client refuses a value of the answer', { cause });
}
