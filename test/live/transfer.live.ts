/** What the package is for, on the servers that the user names: gzipped CSV from S3 into Postgres, and back. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import { ConnectorError, gunzip, gzip, pgCopyFrom, pgCopyTo, s3Sink, s3Source, skipHeader } from '../../src/index.ts';
import { assertIdle } from '../conformance/subjects/postgres-service.ts';
import type { PostgresService } from '../conformance/subjects/postgres-service.ts';
import { arrangingClient, getBytes } from '../conformance/subjects/s3-service.ts';
import type { S3Service } from '../conformance/subjects/s3-service.ts';
import { chunked, csvRows, fingerprint } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { namedServers } from './named-servers.ts';
import { userPostgres, userS3 } from './services.ts';

const ROWS = 200_000;
const OBJECTS = 3;
const HEADER = Buffer.from('id,name\n');

const { postgres: namedPostgres, s3: namedS3 } = namedServers(process.env);

if (namedPostgres !== undefined && namedS3 !== undefined) {
  describe(`from S3 (${namedS3.title}) into Postgres (${namedPostgres.title}) and back`, () => {
    let postgres: PostgresService;
    let s3: S3Service;

    before(async () => {
      [postgres, s3] = await Promise.all([userPostgres(namedPostgres), userS3(namedS3)]);
    });
    beforeEach(() => postgres.sql(`CREATE TABLE ${postgres.schema}.rows (id int PRIMARY KEY, name text NOT NULL)`));
    afterEach(async () => {
      await assertIdle(postgres);
      await closePools();
      closeS3Clients();
      await postgres.sql(`DROP TABLE ${postgres.schema}.rows`);
    });
    after(async () => {
      await s3[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
    });

    const url = (name: string) => `s3://${s3.bucket}/${s3.prefix}${name}`;
    const table = () => ({ schema: postgres.schema, table: 'rows', config: { ...postgres.settings } });
    const count = async () =>
      Number((await postgres.sql(`SELECT count(*) FROM ${postgres.schema}.rows`))[0]?.['count']);

    /** Objects `<folder>/0.csv.gz` and so on, each with a header of its own. */
    async function putObjects(folder: string, objects: readonly Buffer[]): Promise<void> {
      for (const [n, rows] of objects.entries()) {
        const sink = s3Sink(url(`${folder}/${n}.csv.gz`), { config: s3.settings });
        await pipeline(chunked(Buffer.concat([HEADER, rows])), gzip({ level: 1 }), sink);
      }
    }

    it('loads every row of every object once, and exports the same bytes', async () => {
      const rows = csvRows(ROWS);
      const share = ROWS / OBJECTS;
      const bounds = Array.from({ length: OBJECTS + 1 }, (_, n) => Math.floor(n * share));
      await putObjects(
        'in',
        bounds.slice(1).map((end, n) => csvRows(end - (bounds[n] ?? 0), bounds[n])),
      );

      const load = pgCopyFrom({ ...table(), format: 'csv' });
      const each = () => [gunzip(), skipHeader()];
      await pipeline(s3Source(url('in/*.csv.gz'), { config: s3.settings, each }), load);
      assert.deepEqual([load.result?.rows, await count()], [ROWS, ROWS]);

      const query = `SELECT * FROM ${postgres.schema}.rows ORDER BY id`;
      const out = s3Sink(url('out.csv.gz'), { config: s3.settings, contentType: 'application/gzip' });
      await pipeline(pgCopyTo({ query, format: 'csv', config: { ...postgres.settings } }), gzip({ level: 1 }), out);
      const client = arrangingClient(s3);
      const exported = await getBytes(client, s3.bucket, `${s3.prefix}out.csv.gz`);
      client.destroy();
      assert.equal(fingerprint(gunzipSync(exported ?? '')), fingerprint(rows));
      assert.deepEqual([out.result?.bytes, await s3.openUploads(`${s3.prefix}out.csv.gz`)], [exported?.length, 0]);
    });

    it('loads no row at all when one of the last cannot be', async () => {
      const rows = csvRows(ROWS);
      const bad = Buffer.concat([rows, Buffer.from('0,a second row 0\n')]);
      await putObjects('bad', [bad]);
      const load = pgCopyFrom({ ...table(), format: 'csv', header: true });
      const source = s3Source(url('bad/0.csv.gz'), { config: s3.settings });
      const error = await rejection(pipeline(source, gunzip(), load));
      assert.ok(error instanceof ConnectorError && error.code === 'CONSTRAINT_VIOLATION', String(error));
      assert.deepEqual([(await load.settled).outcome, await count()], ['not-done', 0]);
    });

    it('leaves no object and no upload when the query of an export fails at its end', async () => {
      const config = { ...postgres.settings };
      const query = `SELECT repeat('x', 100), 1 / (${ROWS} - n) FROM generate_series(1, ${ROWS}) AS n`;
      const out = s3Sink(url('failed.csv'), { config: s3.settings, partSize: '5MiB' });
      await rejection(pipeline(pgCopyTo({ query, config }), out));
      const client = arrangingClient(s3);
      const found = await getBytes(client, s3.bucket, `${s3.prefix}failed.csv`);
      client.destroy();
      assert.deepEqual([found, await s3.openUploads(`${s3.prefix}failed.csv`)], [undefined, 0]);
      assert.equal((await out.settled).outcome, 'not-done');
    });
  });
}
