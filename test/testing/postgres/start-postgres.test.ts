import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { startPostgres } from '../../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../../src/testing/postgres/index.ts';
import { binarySets } from './binary-sets.ts';
import { traces } from './traces.ts';

const connected = async (dsn: string, options: pg.ClientConfig = {}): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: dsn, ...options });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

for (const binDir of binarySets) {
  describe(`startPostgres with ${binDir}`, () => {
    let server: TestPostgres;

    before(async () => {
      server = await startPostgres({ binDir, settings: { work_mem: '1234kB', application_name: "it's \\ fine" } });
    });

    after(() => server.close());

    it('carries a COPY in and out unchanged', async () => {
      const client = await connected(server.dsn);
      const rows = Array.from({ length: 20_000 }, (_, index) => `${index}\trow ${index} żółw\n`);
      await client.query('CREATE TEMP TABLE t (id int, name text)');
      await pipeline(Readable.from(rows), client.query(copyFrom('COPY t FROM STDIN')));
      const out = await buffer(client.query(copyTo('COPY (SELECT * FROM t ORDER BY id) TO STDOUT')));
      await client.end();
      assert.ok(out.equals(Buffer.from(rows.join(''))));
    });

    it('says the version that the server says', async () => {
      const [row] = await server.admin('SHOW server_version');
      assert.equal(String(row?.['server_version']).split(' ')[0], server.version);
    });

    it('applies the settings given, over defaults that give up power cuts and nothing else', async () => {
      const names = ['fsync', 'full_page_writes', 'max_connections', 'synchronous_commit', 'work_mem'];
      const rows = await server.admin('SELECT current_setting(name) AS value FROM unnest($1::text[]) AS name', [names]);
      assert.deepEqual(
        rows.map(({ value }) => value),
        ['off', 'off', '50', 'on', '1234kB'],
      );
      const client = await connected(server.dsn);
      const { rows: named } = await client.query<{ application_name: string }>('SHOW application_name');
      await client.end();
      assert.equal(named[0]?.application_name, "it's \\ fine");
    });

    it('is UTF8 with the C locale', async () => {
      const [row] = await server.admin(
        'SELECT pg_encoding_to_char(encoding) AS encoding, datcollate FROM pg_database WHERE datname = $1',
        ['postgres'],
      );
      assert.deepEqual({ ...row }, { encoding: 'UTF8', datcollate: 'C' });
    });

    it('refuses a wrong password', async () => {
      const dsn = server.dsn.replace(server.password, 'wrong');
      await assert.rejects(connected(dsn), { code: '28P01' });
    });

    it('makes databases and drops them with sessions open', async () => {
      const database = await server.createDatabase('odd "name"');
      const client = await connected(database.dsn);
      const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
      assert.equal(rows[0]?.name, 'odd "name"');
      await database.drop();
      assert.deepEqual(await server.admin('SELECT 1 FROM pg_database WHERE datname = $1', ['odd "name"']), []);
      const [one, other] = await Promise.all([server.createDatabase(), server.createDatabase()]);
      assert.notEqual(one.name, other.name);
    });

    it('keeps one session for admin, and the rows of the last of several statements', async () => {
      await server.admin('BEGIN');
      const [first] = await server.admin('SELECT txid_current() AS id');
      const [second] = await server.admin('SELECT txid_current() AS id');
      await server.admin('ROLLBACK');
      assert.equal(first?.['id'], second?.['id']);
      assert.deepEqual(
        (await server.admin('SELECT 1; SELECT 2 AS two')).map((row) => ({ ...row })),
        [{ two: 2 }],
      );
      await assert.rejects(server.admin('SELEC'), { code: '42601' });
      assert.equal((await server.admin('SELECT 1')).length, 1);
    });

    for (const mode of ['smart', 'fast', 'immediate'] as const) {
      it(`keeps committed rows and its port over a restart (${mode})`, async () => {
        const table = `kept_${mode}`;
        await server.admin(`CREATE TABLE ${table} AS SELECT 42 AS n`);
        const before = server.processId;
        await server.restart(mode);
        assert.notEqual(server.processId, before);
        assert.deepEqual(
          (await server.admin(`SELECT n FROM ${table}`)).map(({ n }) => n),
          [42],
        );
        await (await connected(server.dsn)).end();
      });
    }

    it('logs what went wrong, with the process id', async () => {
      await assert.rejects(server.admin('SELECT 1/0'));
      assert.match(await server.log(), /\[\d+\] ERROR: {2}division by zero/);
    });

    it('comes back after its process was killed', async () => {
      process.kill(server.processId, 'SIGKILL');
      await server.stop();
      await assert.rejects(connected(server.dsn), { code: 'ECONNREFUSED' });
      await server.start();
      assert.equal((await server.admin('SELECT 1')).length, 1);
    });

    it('takes both TLS and plain connections when asked for TLS', async () => {
      await using tls = await startPostgres({ binDir, tls: true });
      const ssl = { ca: tls.caCertificate, rejectUnauthorized: true };
      const client = await connected(tls.dsn, { ssl });
      const { rows } = await client.query<{ ssl: boolean; version: string }>(
        'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      await client.end();
      assert.equal(rows[0]?.ssl, true);
      await assert.rejects(connected(tls.dsn, { ssl: { rejectUnauthorized: true } }), /certificate/);
      await (await connected(`${tls.dsn}?sslmode=verify-full&sslrootcert=${tls.caCertificateFile}`)).end();
      await (await connected(tls.dsn)).end();
    });

    it('leaves no process, no directory and no port after close', async () => {
      const mine = await startPostgres({ binDir });
      const client = await connected(mine.dsn);
      const asleep = client.query('SELECT pg_sleep(60)').catch(() => 'ended');
      const where = { processId: mine.processId, port: mine.port, socketDir: mine.socketDir };
      assert.equal((await traces(where)).length, 3);
      await Promise.all([mine.close(), mine.close()]);
      assert.deepEqual(await traces(where), []);
      assert.equal(await asleep, 'ended');
    });

    it('closes a server that hangs', async () => {
      const mine = await startPostgres({ binDir });
      await mine.admin('SELECT 1');
      process.kill(mine.processId, 'SIGSTOP');
      await mine.close();
      assert.deepEqual(await traces(mine), []);
    });

    it('takes the port it was told, and refuses one that is taken', async () => {
      await assert.rejects(startPostgres({ binDir, port: server.port }), /did not start[^]*could not bind/);
      assert.ok(existsSync(server.socketDir));
    });

    it('starts several at once', async () => {
      const servers = await Promise.all([startPostgres({ binDir }), startPostgres({ binDir })]);
      const ports = new Set(servers.map(({ port }) => port));
      await Promise.all(servers.map((each) => each.close()));
      assert.equal(ports.size, 2);
    });
  });
}

describe('startPostgres', () => {
  it('refuses a directory without the programs, and a setting that is none', async () => {
    await assert.rejects(startPostgres({ binDir: '/nowhere' }), /no postgres and initdb in \/nowhere/);
    await assert.rejects(startPostgres({ settings: { 'fsync = on\nport': 1 } }), TypeError);
  });
});
