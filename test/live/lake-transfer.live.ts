/** From Postgres into Azure Data Lake and back, on the servers that the user names. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { closeAdlsClients } from '../../src/connectors/adls2/client-cache.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { adls2, adlsSink, adlsSource, gunzip, gzip, pgCopyFrom, pgCopyTo } from '../../src/index.ts';
import type { AdlsAccount } from '../conformance/subjects/adls-servers.ts';
import { assertIdle } from '../conformance/subjects/postgres-service.ts';
import type { PostgresService } from '../conformance/subjects/postgres-service.ts';
import { rejection } from '../support/faults.ts';
import { namedServers } from './named-servers.ts';
import { userAdls, userPostgres } from './services.ts';

const ROWS = 200_000;

const { postgres: namedPostgres, adls: namedAdls } = namedServers(process.env);

if (namedPostgres !== undefined && namedAdls?.isAzurite === false) {
  describe(`from Postgres (${namedPostgres.title}) into Azure Data Lake (${namedAdls.title}) and back`, () => {
    let postgres: PostgresService;
    let lake: AdlsAccount;

    before(async () => {
      [postgres, lake] = await Promise.all([userPostgres(namedPostgres), userAdls(namedAdls)]);
    });
    after(async () => {
      await assertIdle(postgres);
      await closePools();
      closeAdlsClients();
      await lake[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
    });

    const url = (name: string) => `adls://${lake.container}/${lake.prefix}${name}`;
    const storage = () => ({ config: { connectionString: lake.connectionString } });
    const database = () => ({ config: { ...postgres.settings } });
    const paths = async (): Promise<string[]> => {
      const client = adls2.client('default', { connectionString: lake.connectionString });
      const found: string[] = [];
      for await (const { path, isDirectory } of client.listPaths(lake.container, { prefix: lake.prefix })) {
        if (!isDirectory) found.push(path.slice(lake.prefix.length));
      }
      await client.close();
      return found;
    };

    it('brings back the rows that it took there, as they were', async () => {
      const { schema } = postgres;
      const values = `SELECT n, 'row ' || n, n / 7.0 FROM generate_series(1, ${ROWS}) AS n`;
      await postgres.sql(`CREATE TABLE ${schema}.before (id int PRIMARY KEY, name text, share numeric)`);
      await postgres.sql(`CREATE TABLE ${schema}.after (LIKE ${schema}.before)`);
      await postgres.sql(`INSERT INTO ${schema}.before ${values}`);

      const file = adlsSink(url('rows.gz'), { ...storage(), contentType: 'application/gzip' });
      await pipeline(pgCopyTo({ ...database(), schema, table: 'before', format: 'binary' }), gzip({ level: 1 }), file);
      const load = pgCopyFrom({ ...database(), schema, table: 'after', format: 'binary' });
      await pipeline(adlsSource(url('rows.gz'), storage()), gunzip(), load);

      assert.equal(load.result?.rows, ROWS);
      const [{ different } = {}] = await postgres.sql(
        `SELECT count(*) AS different FROM ${schema}.before FULL JOIN ${schema}.after USING (id, name, share)
         WHERE ${schema}.before.ctid IS NULL OR ${schema}.after.ctid IS NULL`,
      );
      assert.equal(Number(different), 0);
      assert.deepEqual(await paths(), ['rows.gz']);
      await postgres.sql(`DROP TABLE ${schema}.before, ${schema}.after`);
    });

    it('leaves no file of any name when the query of an export fails at its end', async () => {
      const query = `SELECT repeat('x', 100), 1 / (${ROWS} - n) FROM generate_series(1, ${ROWS}) AS n`;
      const out = adlsSink(url('failed.csv'), { ...storage(), overwrite: false });
      await rejection(pipeline(pgCopyTo({ ...database(), query }), out));
      assert.equal((await out.settled).outcome, 'not-done');
      assert.ok(!(await paths()).some((path) => path.includes('failed')));
    });
  });
}
