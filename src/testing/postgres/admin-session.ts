/** One superuser session for tests' own questions: opened when first used, opened anew after the server went away. */
import { packageMissing } from './package-missing.ts';

export type AdminRow = Record<string, unknown>;

export interface AdminSession {
  /** Statements run one after another, in one session, so `BEGIN` and `SET` reach those that follow. */
  query(sql: string, params?: readonly unknown[]): Promise<AdminRow[]>;
  close(): Promise<void>;
}

export interface AdminTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** The part of `pg.Client` that is used here. `ref` and `unref` are in pg and not in its types. */
interface Client {
  connect(): Promise<unknown>;
  query(sql: string, params?: unknown[]): Promise<unknown>;
  end(): Promise<void>;
  ref(): void;
  unref(): void;
}

/** Nothing is connected yet. While idle, the session does not keep the event loop alive. */
export const adminSession = (target: AdminTarget): AdminSession => {
  let current: Client | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const connect = async (): Promise<Client> => {
    const { default: pg } = await import('pg').catch((cause: unknown) => {
      throw packageMissing('the package pg is not installed', cause);
    });
    const made = new pg.Client({ ...target, ssl: false, application_name: 'sluice-testing-admin' });
    const client = made as unknown as Client;
    const dropped = () => {
      if (current === client) current = undefined;
    };
    // Without a listener, a server that restarts would end the process through an unhandled 'error'.
    made.on('error', dropped);
    made.on('end', dropped);
    await client.connect();
    return (current = client);
  };

  const answer = async (sql: string, params: readonly unknown[]): Promise<AdminRow[]> => {
    const client = current ?? (await connect());
    client.ref();
    try {
      return rowsOf(await (params.length > 0 ? client.query(sql, [...params]) : client.query(sql)));
    } finally {
      client.unref();
    }
  };

  return {
    query(sql, params = []) {
      const next = last.then(() => answer(sql, params));
      last = next.catch(() => undefined);
      return next;
    },
    async close() {
      const client = current;
      current = undefined;
      client?.ref();
      await client?.end();
    },
  };
};

// Several statements in one text give several results; the last one speaks.
const rowsOf = (answer: unknown): AdminRow[] => {
  const result: unknown = Array.isArray(answer) ? answer.at(-1) : answer;
  return (result as { rows: AdminRow[] } | undefined)?.rows ?? [];
};
