/** The same bytes by COPY on real servers: how many rows they load, and which. */
import { once } from 'node:events';
import fc from 'fast-check';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { csvEndOfDataGuard, textEndOfDataGuard } from '../../../src/connectors/postgres/copy/end-of-data.ts';
import { recordCounter } from '../../../src/connectors/postgres/copy/record-counter.ts';
import { startPostgres } from '../../../src/testing/postgres/index.ts';
import { serverKinds } from '../../support/postgres.ts';
import { attempt, must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';
import { copyBytes, csvDialect } from './csv.ts';

interface Loaded {
  readonly rows: number;
  readonly content: string;
}

interface Server {
  readonly name: string;
  readonly version: number;
  /** What COPY loads of the bytes, or `undefined` when it refuses them. */
  load(bytes: Buffer, options: string): Promise<Loaded | undefined>;
  close(): Promise<void>;
}

/** Every line is one column: a delimiter that no input holds leaves quotes, escapes, line breaks and the marker. */
const DELIMITER = "DELIMITER E'\\x01'";

const openServer = async ({ name, binDir }: { name: string; binDir?: string }): Promise<Server> => {
  const server = await startPostgres(binDir === undefined ? {} : { binDir });
  const client = new pg.Client({ connectionString: server.dsn });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('CREATE TEMP TABLE fuzzed (n serial, line text)');
  return {
    name,
    version: Number.parseInt(server.version, 10),
    async load(bytes, options) {
      await client.query('TRUNCATE fuzzed');
      const stream = client.query(copyFrom(`COPY fuzzed (line) FROM STDIN (${options}, ${DELIMITER})`));
      const failed = new Promise<true>((resolve) => stream.once('error', () => resolve(true)));
      stream.end(bytes);
      if (await Promise.race([failed, once(stream, 'finish').then(() => false)])) return undefined;
      const { rows } = await client.query<{ line: string | null }>('SELECT line FROM fuzzed ORDER BY n');
      return { rows: stream.rowCount, content: JSON.stringify(rows.map(({ line }) => line)) };
    },
    async close() {
      await client.end();
      await server.close();
    },
  };
};

const quoted = (character: string): string => `'${character.replaceAll("'", "''")}'`;

export const copy: OpenTarget = async () => {
  const servers = await Promise.all(serverKinds().map(openServer));
  return target({
    input: fc.record({ bytes: copyBytes, dialect: csvDialect, format: fc.constantFrom('csv', 'csv', 'text') }),
    async check({ bytes, dialect, format }) {
      const isCsv = format === 'csv';
      const options = isCsv
        ? `FORMAT csv, NULL '\x02', QUOTE ${quoted(dialect.quote)}, ESCAPE ${quoted(dialect.escape)}`
        : "FORMAT text, NULL '\x02'";
      const counter = recordCounter({ format: isCsv ? 'csv' : 'text', ...(isCsv ? dialect : {}) });
      const guard = isCsv ? csvEndOfDataGuard({ ...dialect, delimiter: '\x01', null: '\x02' }) : textEndOfDataGuard();
      const guarded = attempt(['END_OF_DATA_MARKER'], () => Buffer.concat([...guard.push(bytes), ...guard.end()]));
      if (!('value' in guarded)) return;
      counter.push(guarded.value);
      const loaded: Loaded[] = [];
      for (const server of servers) {
        const result = await server.load(guarded.value, options);
        // A server may refuse; what it takes must be all of it.
        if (result === undefined) continue;
        const counted = counter.records();
        must(result.rows === counted, `${server.name} loads ${result.rows} rows and ${counted} were counted`);
        loaded.push(result);
      }
      must(new Set(loaded.map(({ content }) => content)).size <= 1, `the servers loaded different rows`);
      // From 18 on, the line is data: the guard may change nothing there.
      const modern = servers.find(({ version }) => version >= 18);
      const plain = isCsv ? await modern?.load(bytes, options) : undefined;
      const asGuarded = plain === undefined ? undefined : await modern?.load(guarded.value, options);
      must(asGuarded?.content === plain?.content, 'the guard changed what PostgreSQL 18 loads');
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  });
};
