/**
 * Whether the columns that a snapshot shows are those of now. COPY takes a table as it has become, while a transaction
 * that keeps its snapshot reads the catalogue as it was: rows in the types of then would be taken for other values.
 */
import { connectorError } from '../../../errors.ts';
import type { ExtendedConnection, PgClient, Submittable } from '../native.ts';

interface SeenColumn {
  readonly name: string;
  readonly type: { readonly oid: number };
}

/** Of a domain, `dataTypeID` is what it is made of. */
interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/**
 * `table` is quoted, as in a command, and locked.
 *
 * @throws TransientError `SERIALIZATION_FAILURE` when the table was altered since the snapshot.
 */
export async function assertCurrent(client: PgClient, table: string, seen: readonly SeenColumn[]): Promise<void> {
  const description = new Description(`SELECT * FROM ${table}`);
  client.query(description);
  const fields = await description.over;
  const now = fields.map(({ name, dataTypeID }) => [name, dataTypeID]);
  const then = seen.map(({ name, type }) => [name, type.oid]);
  if (JSON.stringify(now) === JSON.stringify(then)) return;
  throw connectorError(
    'SERIALIZATION_FAILURE',
    'the table was altered after this transaction had taken its snapshot: load the rows in a new one',
  );
}

/** What a statement would give. It is parsed, with the catalogue of now, and not run, so that no privilege is asked for. */
class Description implements Submittable {
  readonly over: Promise<readonly Field[]>;
  /** node-postgres puts here what stops the clock of `query_timeout`. */
  callback?: () => void;
  readonly #over = Promise.withResolvers<readonly Field[]>();
  readonly #text: string;
  #fields: readonly Field[] = [];

  constructor(text: string) {
    this.#text = text;
    this.over = this.#over.promise;
  }

  submit(connection: ExtendedConnection): undefined {
    connection.parse({ text: this.#text });
    connection.describe({ type: 'S', name: '' });
    connection.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#fields = fields;
  }

  handleReadyForQuery(): void {
    this.callback?.();
    this.#over.resolve(this.#fields);
  }

  handleError(error: unknown): void {
    this.callback?.();
    this.#over.reject(error);
  }
}
