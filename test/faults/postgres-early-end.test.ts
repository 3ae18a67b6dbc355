import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { rejection, throughProxy, timed } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

const ENDLESS = 'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n, repeat($$x$$, 200) FROM r';

describePostgres('an early end of pgCopyTo', (context) => {
  let pool: pg.Pool;
  beforeEach(() => {
    pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
  });
  afterEach(() => pool.end());

  const pid = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;

  it('by a sink that fails after 1 MiB leaves the same client good for the next query', async () => {
    const first = await pid();
    const boom = new Error('boom');
    let taken = 0;
    const sink = new Writable({
      write(chunk: Buffer, _encoding, callback) {
        taken += chunk.length;
        callback(taken > 1024 * 1024 ? boom : null);
      },
    });
    const source = pgCopyTo({ query: ENDLESS, client: pool });
    assert.equal(await rejection(pipeline(source, sink)), boom);
    const settled = await source.settled;
    assert.deepEqual(
      [settled.outcome, settled.cleanup, settled.error?.code],
      ['not-done', 'confirmed', 'PIPELINE_FAILED'],
    );
    assert.equal(await pid(), first);
  });

  it('by break waits for the clean-up, which is quick', async () => {
    const first = await pid();
    const ms = await timed(async () => {
      for await (const chunk of pgCopyTo({ query: ENDLESS, client: pool })) {
        assert.ok((chunk as Buffer).length > 0);
        break;
      }
    });
    assert.equal(pool.idleCount, 1);
    assert.ok(ms < 1_500, `${ms} ms`);
    assert.equal(await pid(), first);
  });

  it('by destroy before the first row of a slow query cancels it', async () => {
    const source = pgCopyTo({ query: 'SELECT pg_sleep(60)', client: pool });
    source.resume();
    source.on('error', () => undefined);
    while (
      (await context().sql("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%'")).length === 0
    );
    source.destroy();
    const ms = await timed(() => source.settled);
    assert.ok(ms < 1_500, `${ms} ms`);
    assert.equal((await source.settled).cleanup, 'confirmed');
    assert.equal((await pool.query('SELECT 1')).rowCount, 1);
  });

  it('through a stalled network cuts the socket, and the pool makes another connection', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const far = new pg.Pool({ connectionString: dsn, max: 1 });
      try {
        const source = pgCopyTo({ query: ENDLESS, client: far });
        const ms = await timed(async () => {
          for await (const chunk of source) {
            assert.ok((chunk as Buffer).length > 0);
            proxy.stallAll({ newConnections: false });
            break;
          }
        });
        assert.ok(ms > 1_000 && ms < 5_000, `${ms} ms`);
        assert.equal((await source.settled).cleanup, 'confirmed');
        assert.equal((await far.query('SELECT 1')).rowCount, 1);
      } finally {
        await far.end();
      }
    });
  });

  it('by destroy while nobody reads, and the server waits for us, reads and drops what is on its way', async () => {
    const first = await pid();
    const source = pgCopyTo({ query: ENDLESS, client: pool });
    source.on('error', () => undefined).read(0);
    await eventually(async () => {
      const blocked = await context().sql(
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'ClientWrite'",
        [first],
      );
      assert.equal(blocked.length, 1);
    });
    source.destroy();
    assert.equal((await source.settled).cleanup, 'confirmed');
    assert.equal(await pid(), first);
  });

  it('whose cancel is lost on the way reads and drops 16 MiB, and then cuts the socket', async () => {
    const client = await pool.connect();
    // A server, or a pooler, that does not know the key takes the request and does nothing.
    const secretKey = Number(Reflect.get(client, 'secretKey')) ^ 1;
    Object.assign(client, { secretKey });
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    client.release();
    const wide = ENDLESS.replace('200', '20000');
    const source = pgCopyTo({ query: wide, client: pool });
    const ms = await timed(async () => {
      for await (const chunk of source) {
        assert.ok((chunk as Buffer).length > 0);
        break;
      }
    });
    assert.ok(ms < 5_000, `${ms} ms`);
    assert.equal((await source.settled).cleanup, 'confirmed');
    const MiB = 1024 * 1024;
    const { bytesRead } = stream;
    assert.ok(bytesRead > 16 * MiB && bytesRead < 24 * MiB, `${bytesRead} bytes`);
    assert.equal((await pool.query('SELECT 1')).rowCount, 1);
  });
});
