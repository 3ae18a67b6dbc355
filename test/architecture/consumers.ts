/** Programs of users, as text: what they import, what they pass, and with which packages beside ours. */

export interface Consumer {
  readonly title: string;
  readonly peers: readonly string[];
  /** File name -> text. */
  readonly sources: Readonly<Record<string, string>>;
}

export const CONSUMER_TSCONFIG = JSON.stringify({
  compilerOptions: {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  },
  include: ['*.ts'],
});

const PG = `
import pg from 'pg';
import { pipeline } from 'node:stream/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { ConnectorError, pgCopyFrom, pgCopyTo, postgres } from 'sluice';
import type { CopyFromResult, ErrorCode, PgCopyFromOptions } from 'sluice';
import { pgCopyFrom as fromSubpath } from 'sluice/postgres';
import { classifyError, connectorError } from 'sluice/errors';
import type { ClassifyOptions } from 'sluice';
import { gunzip, skipHeader } from 'sluice/formats';

const pool = new pg.Pool();
const options: PgCopyFromOptions = { table: 'events', format: 'csv', header: true, client: pool };
const rows = pgCopyFrom(options);
await pipeline(createReadStream('in.csv.gz'), gunzip(), skipHeader(), rows, { signal: AbortSignal.timeout(1000) });
const result: CopyFromResult | undefined = rows.result;
const settled = await rows.settled;
const outcome: 'done' | 'not-done' | 'unknown' = settled.outcome;
await pipeline(pgCopyTo({ query: 'SELECT 1', client: await pool.connect() }), createWriteStream('out.csv'));
fromSubpath({ table: 'events', client: new pg.Client() });
const code: ErrorCode = connectorError('BAD_ROW', 'x').code;
const whose: ClassifyOptions = { connector: 'postgres', signal: AbortSignal.timeout(1000) };
const caught: boolean = classifyError(new Error('x'), whose) instanceof ConnectorError;
await using client = await postgres.client().connection();
const numbers: { n: number }[] = (await client.query<{ n: number }>('SELECT $1::int AS n', [1])).rows;
pgCopyFrom({ table: 'events', client });
export { result, outcome, code, caught, numbers };
`;

const KYSELY = `
import { postgres } from 'sluice';

interface Database {
  events: { id: number };
}
const db = await postgres.client().kysely<Database>();
const ids: { id: number }[] = await db.selectFrom('events').select('id').execute();
// @ts-expect-error there is no such table
db.selectFrom('absent');
export { ids };
`;

const S3 = `
import { S3Client } from '@aws-sdk/client-s3';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink, s3ObjectSource } from 'sluice';
import { s3ObjectSource as fromSubpath } from 'sluice/s3';
import { gzip } from 'sluice/formats';

const client = new S3Client({});
const source = s3ObjectSource({ bucket: 'raw', key: 'a', client, timeout: '5m' });
const sink = s3ObjectSink({ bucket: 'raw', key: 'b', client });
await pipeline(source, gzip(), sink);
const etag: string | undefined = sink.result?.etag;
const outcome: 'done' | 'not-done' | 'unknown' = (await sink.settled).outcome;
fromSubpath({ bucket: 'raw', key: 'a', client });
export { etag, outcome };
`;

const ADLS2 = `
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { adls2 } from 'sluice';
import { Adls2Client } from 'sluice/adls2';
import type { Adls2Settings, NativeAdlsClient } from 'sluice/adls2';

const settings: Adls2Settings = { accountName: 'lake', managedIdentity: {}, timeouts: { connect: '2s' } };
await using client: Adls2Client = adls2.client('default', settings);
const native: NativeAdlsClient = new DataLakeServiceClient('https://lake.dfs.core.windows.net');
const theirs = (await client.dataLakeServiceClient()) as DataLakeServiceClient;
const ms: number = await client.ping();
export { native, theirs, ms };
`;

const PG_PACKAGES = ['pg', '@types/pg', '@types/node'];
const S3_PACKAGES = ['@aws-sdk/client-s3', '@types/node'];
const ADLS2_PACKAGES = ['@azure/storage-file-datalake', '@types/node'];

/** `everyPeer`: the peers that package.json names. */
export function consumers(everyPeer: readonly string[]): Consumer[] {
  return [
    { title: 'pg alone', peers: PG_PACKAGES, sources: { 'pg.ts': PG } },
    { title: 'the AWS SDK alone', peers: S3_PACKAGES, sources: { 's3.ts': S3 } },
    { title: 'the Azure SDK alone', peers: ADLS2_PACKAGES, sources: { 'adls2.ts': ADLS2 } },
    {
      title: 'every peer',
      peers: [...new Set([...everyPeer, ...PG_PACKAGES, ...S3_PACKAGES, ...ADLS2_PACKAGES])],
      sources: { 'pg.ts': PG, 'kysely.ts': KYSELY, 's3.ts': S3, 'adls2.ts': ADLS2 },
    },
  ];
}
