/**
 * A program that can be stopped at any moment: at SIGINT or SIGTERM it aborts, waits until everything is undone, and
 * exits with 130 or 143. A second signal ends it at once, as people expect who press Ctrl-C twice.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzip, gzip, pgCopyFrom, pgCopyTo, s3Sink, s3Source } from 'sluice';
import { startPostgres, startS3Server } from 'sluice/testing';

const stop = new AbortController();
const { signal } = stop;
for (const [name, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.on(name, () => {
    if (signal.aborted) process.exit(code);
    process.exitCode = code;
    console.error(`${name}: undoing what is under way; once more to leave at once`);
    stop.abort(new Error(`stopped by ${name}`));
  });
}

const { database, storage, close } = await openShop();
try {
  const orders = s3Source('s3://shop/orders.csv.gz', { ...storage, signal });
  const rows = pgCopyFrom({ ...database, table: 'orders', header: true, signal });
  // `pipeline` does not wait for the clean-up of a source; `settled` does.
  await pipeline(orders, gunzip(), rows).finally(() => Promise.all([orders.settled, rows.settled]));
  console.log(`loaded ${rows.result?.rows ?? 0} rows`);

  const table = pgCopyTo({ ...database, table: 'orders', header: true, signal });
  const copy = s3Sink('s3://shop/copy.csv.gz', { ...storage, signal });
  await pipeline(table, gzip(), copy).finally(() => Promise.all([table.settled, copy.settled]));
  console.log(`wrote ${copy.result?.bytes ?? 0} bytes`);
} catch (error) {
  if (!signal.aborted) throw error;
  console.error('stopped; nothing is left behind');
} finally {
  await close();
}

/** The servers of the profile `shop`, if the environment names them; else throw-away ones with a few orders. */
async function openShop() {
  if (process.env['AUTO_WORKFLOW_CONNECTORS_POSTGRES_SHOP__DSN'] !== undefined) {
    const profile = { profile: 'shop' };
    return { database: profile, storage: profile, close: () => Promise.resolve() };
  }
  const [postgres, s3] = await Promise.all([startPostgres(), startS3Server({ buckets: ['shop'] })]);
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = s3;
  const storage = { config: { endpointUrl, region, credentials: { accessKeyId, secretAccessKey } } };
  await postgres.admin('CREATE TABLE orders (id integer PRIMARY KEY, customer text NOT NULL)');
  await pipeline(Readable.from(['id,customer\n1,Ada\n2,Grace\n']), gzip(), s3Sink('s3://shop/orders.csv.gz', storage));
  return {
    database: { config: { dsn: postgres.dsn } },
    storage,
    close: async () => {
      await Promise.all([postgres.close(), s3.close()]);
    },
  };
}
