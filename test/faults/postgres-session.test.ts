import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import sinon from 'sinon';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { chunked, collect, csvRows } from '../support/bytes.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import { runNode } from '../support/run.ts';

describePostgres('the session of a stream', (context) => {
  const config = () => ({ dsn: context().dsn });
  const read = async (query: string, options: object = {}) =>
    String(await collect(pgCopyTo({ query, config: config(), ...options }))).trimEnd();

  it('is ended by a server that can no longer reach us: within two minutes, and its locks with it', async () => {
    const settings = "SELECT name, setting FROM pg_settings WHERE name ~ '^tcp_' ORDER BY name";
    assert.deepEqual((await read(settings)).split('\n'), [
      'tcp_keepalives_count,3',
      'tcp_keepalives_idle,30',
      'tcp_keepalives_interval,10',
      'tcp_user_timeout,60000',
    ]);
  });

  it('waits for a lock for as long as lockTimeout, the profile, or 30 s', async () => {
    const setting = 'SELECT setting FROM pg_settings WHERE name = $$lock_timeout$$';
    assert.equal(await read(setting), '30000');
    assert.equal(await read(setting, { config: { ...config(), timeouts: { lock: '7s' } } }), '7000');
    assert.equal(await read(setting, { lockTimeout: '2s' }), '2000');
  });

  it('takes no transaction id for reading, which a standby could not give', async () => {
    assert.equal(await read('SELECT pg_current_xact_id_if_assigned() IS NULL'), 't');
  });

  it('leaves the settings to the owner of a transaction', async () => {
    const client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
    try {
      await client.query("BEGIN; SET LOCAL statement_timeout = '77s'; SET LOCAL lock_timeout = '78s'");
      const settings = 'SELECT setting FROM pg_settings WHERE name ~ $$^(statement|lock)_timeout$$ ORDER BY name';
      assert.equal(await read(settings, { client, lockTimeout: '1s' }), '78000\n77000');
      await client.query('ROLLBACK');
    } finally {
      await client.end();
    }
  });

  it('of another client encoding takes and gives UTF-8 all the same', async () => {
    const client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
    try {
      await client.query("SET client_encoding = 'LATIN1'; CREATE TEMPORARY TABLE v (v text)");
      await pipeline(chunked(Buffer.from('é\n')), pgCopyFrom({ table: 'v', client }));
      assert.equal(await read("SELECT v, v = U&'\\00e9' FROM v", { client }), 'é,t');
    } finally {
      await client.end();
    }
  });

  it('outlives idle_in_transaction_session_timeout while a slow consumer has not taken the last rows', async () => {
    const options = '-c idle_in_transaction_session_timeout=200ms';
    const pool = new pg.Pool({ connectionString: context().dsn, max: 1, options });
    try {
      // All of it has been sent, and more of it than the source takes in before somebody reads.
      const source = pgCopyTo({ query: 'SELECT repeat($$x$$, 999) FROM generate_series(1, 200)', client: pool });
      source.read(0);
      await eventually(async () => {
        const idle = await context().sql(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'
             AND query LIKE 'COPY%' AND clock_timestamp() - state_change > interval '500 ms'`,
        );
        assert.equal(idle.length, 1);
      });
      assert.equal((await collect(source)).length, 200_000);
      assert.equal((await source.settled).outcome, 'done');
    } finally {
      await pool.end();
    }
  });

  it('is told apart by application_name, unless startup parameters are not wanted', async () => {
    const name = 'SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()';
    assert.equal(await read(name), 'sluice');
    assert.equal(await read(name, { config: { ...config(), applicationName: 'etl' } }), 'etl');
    assert.equal(await read(name, { config: { ...config(), startupParameters: false } }), '""');
  });

  it('of the same settings is one of the same pool, and of other settings of another', async () => {
    await context().sql('CREATE TABLE IF NOT EXISTS u (a int, b text)');
    const pid = 'SELECT pg_backend_pid()';
    const first = await read(pid);
    await pipeline(chunked(csvRows(1)), pgCopyFrom({ table: 'u', config: config() }));
    assert.equal(await read(pid), first);
    assert.notEqual(await read(pid, { config: { ...config(), pool: { maxSize: 3 } } }), first);
  });

  it('asks the system to keep its connections alive, and does not keep the process alive', async () => {
    const keepAlive = sinon.spy(Socket.prototype, 'setKeepAlive');
    try {
      assert.equal(await read('SELECT 1', { profile: 'kept', config: { ...config(), applicationName: 'kept' } }), '1');
      assert.ok(keepAlive.calledWith(true));
    } finally {
      keepAlive.restore();
    }
    const module = JSON.stringify(new URL('../../src/connectors/postgres/index.ts', import.meta.url).href);
    const script = `
      const { pgCopyTo } = await import(${module});
      const config = { dsn: process.env.DSN, pool: { maxIdle: '6s' } };
      for await (const chunk of pgCopyTo({ query: 'SELECT 7', config })) console.log(String(chunk).trim());
      const over = performance.now();
      process.on('exit', () => console.log(performance.now() - over));`;
    const env = { DSN: context().dsn, NODE_OPTIONS: process.env['NODE_OPTIONS'] ?? '' };
    const { stdout } = await runNode(['--input-type=module', '--eval', script], { cwd: import.meta.dirname, env });
    const [row, ms] = stdout.split('\n');
    assert.equal(row, '7');
    assert.ok(Number(ms) < 3_000, `the process went on for ${ms} ms`);
  });
});
