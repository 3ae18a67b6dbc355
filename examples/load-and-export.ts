/** The smallest complete example: two gzip-compressed CSV objects into one table, and the table back into one object. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzip, gzip, pgCopyFrom, pgCopyTo, s3Sink, s3Source, skipHeader } from 'sluice';
import { startPostgres, startS3Server } from 'sluice/testing';

// Throw-away servers. For real ones leave `config` out of the options below, and set
// AUTO_WORKFLOW_CONNECTORS_POSTGRES_DEFAULT__DSN; S3 finds its credentials as every AWS SDK does.
const [postgres, s3] = await Promise.all([startPostgres(), startS3Server({ buckets: ['shop'] })]);
const database = { config: { dsn: postgres.dsn } };
const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = s3;
const storage = { config: { endpointUrl, region, credentials: { accessKeyId, secretAccessKey } } };
const signal = AbortSignal.timeout(60_000);

try {
  const orders = {
    'monday.csv.gz': 'id,customer,total\n1,"Ada, Countess of Lovelace",12.50\n2,Grace,7.25\n',
    'tuesday.csv.gz': 'id,customer,total\n3,Alan,99.90\n',
  };
  for (const [key, csv] of Object.entries(orders)) {
    await pipeline(Readable.from([csv]), gzip(), s3Sink(`s3://shop/orders/${key}`, storage), { signal });
  }
  await postgres.admin('CREATE TABLE orders (id integer PRIMARY KEY, customer text NOT NULL, total numeric NOT NULL)');

  // Every object is decompressed and loses its header line before it is joined to the next; the table gets all rows or none.
  const objects = s3Source('s3://shop/orders/*.csv.gz', { ...storage, each: () => [gunzip(), skipHeader()] });
  const rows = pgCopyFrom({ ...database, table: 'orders', format: 'csv' });
  await pipeline(objects, rows, { signal });
  console.log(`loaded ${rows.result?.rows ?? 0} rows`);

  const query = 'SELECT customer, total FROM orders ORDER BY total DESC';
  const exported = s3Sink('s3://shop/export/by-total.csv.gz', storage);
  await pipeline(pgCopyTo({ ...database, query, format: 'csv', header: true }), gzip(), exported, { signal });
  console.log(`exported ${exported.result?.bytes ?? 0} bytes`);

  await pipeline(s3Source('s3://shop/export/by-total.csv.gz', storage), gunzip(), process.stdout, {
    signal,
    end: false,
  });
} finally {
  await Promise.all([postgres.close(), s3.close()]);
}
