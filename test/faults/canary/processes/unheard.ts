/** A process in which a load fails and nobody takes care of it: what it says then is Node's to say. */
import { Console } from 'node:console';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { pgCopyFrom, postgres, s3, s3ObjectSource } from '../../../../src/index.ts';

export interface UnheardSettings {
  readonly way: keyof typeof WAYS;
  readonly dsn: string;
  readonly row: string;
  readonly store: Readonly<Record<string, unknown>>;
}

const { way, dsn, row, store } = JSON.parse(process.argv[2] ?? '') as UnheardSettings;

const logger = new Console(process.stderr);
const load = () => pgCopyFrom({ table: 't', config: { dsn }, retry: false });
const rows = () => Readable.from([Buffer.from(`1,${row}\n${row},2\n`)]);
const read = () => s3ObjectSource({ bucket: 'b', key: 'nowhere', config: store, retry: false });

const WAYS = {
  'a rejection': () => void pipeline(rows(), load()),
  'an error event': () => void rows().pipe(load()),
  'a rejection of S3': () => void read().toArray(),
  'an error event of S3': () => void read().resume(),
  'settings that are wrong': () => void pgCopyFrom({ table: 't', config: { dsn, hots: row } }).end(row),
  'an exception of S3': () =>
    void s3ObjectSource({ bucket: 'b', key: 'k', config: { ...store, regoin: row } as object }),
  'a log': () =>
    load()
      .on('error', (error) => logger.error('%o %j %s', error, error, error, { error }))
      .end(`${row},1\n`),
  'a log of clients': async () => {
    const clients = [postgres.client('default', { dsn }), s3.client('default', store)];
    await Promise.allSettled(clients.map((client) => client.ping()));
    logger.error('%o %j', clients, clients);
    throw new Error('CLIENTS');
  },
} as const;

await WAYS[way]();
