/** A table as one file of Azure Data Lake, and that file as a table again: byte for byte what it was. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { adlsSink, adlsSource, gunzip, gzip, pgCopyFrom, pgCopyTo } from 'sluice';
import { startAdlsServer, startPostgres } from 'sluice/testing';

// Throw-away servers. For real ones leave `config` out of the options below, and set
// AUTO_WORKFLOW_CONNECTORS_POSTGRES_DEFAULT__DSN and AUTO_WORKFLOW_CONNECTORS_ADLS2_DEFAULT__ACCOUNT_NAME;
// the Data Lake finds its credentials as every Azure SDK does.
const [postgres, lake] = await Promise.all([startPostgres(), startAdlsServer({ containers: ['archive'] })]);
const database = { config: { dsn: postgres.dsn } };
const storage = { config: { connectionString: lake.connectionString } };
const signal = AbortSignal.timeout(60_000);
const url = 'adls://archive/orders/2026.csv.gz';

try {
  await postgres.admin('CREATE TABLE orders (id integer PRIMARY KEY, customer text, total numeric, at timestamptz)');
  await postgres.admin('CREATE TABLE restored (LIKE orders)');
  // What CSV is bad at: quotes, line breaks, NULL beside the empty text, a line that looks like the end of the data.
  await postgres.admin(`INSERT INTO orders VALUES
    (1, 'Ada, "Countess" of Lovelace', 12.50, '1843-09-01 12:00:00.000001+00'),
    (2, E'Grace\\r\\n\\\\.\\nHopper 🐛', 'NaN', 'infinity'), (3, NULL, NULL, NULL), (4, '', 0.000, '2026-11-20')`);

  // Appended to a temporary path and renamed last: nobody ever sees half of the file.
  const file = adlsSink(url, { ...storage, contentType: 'application/gzip' });
  await pipeline(orders('orders'), gzip(), file, { signal });
  console.log(`wrote ${file.result?.bytes ?? 0} bytes, ETag ${file.result?.etag ?? ''}`);

  const rows = pgCopyFrom({ ...database, table: 'restored', header: true });
  await pipeline(adlsSource(url, storage), gunzip(), rows, { signal });
  console.log(`restored ${rows.result?.rows ?? 0} rows`);

  const [before, after] = [await sha256(orders('orders')), await sha256(orders('restored'))];
  console.log(`before ${before}\nafter  ${after}`);
  assert.equal(after, before);
} finally {
  await Promise.all([postgres.close(), lake.close()]);
}

/** As CSV, in an order that does not change. */
function orders(table: string) {
  return pgCopyTo({ ...database, query: `SELECT * FROM ${table} ORDER BY id`, header: true });
}

async function sha256(bytes: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}
