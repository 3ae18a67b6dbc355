import assert from 'node:assert/strict';
import { checkServerIdentity } from 'node:tls';
import pg from 'pg';
import { pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { timed } from '../../support/faults.ts';
import { describePostgres } from '../../support/postgres.ts';
import { startTlsTerminator } from './tls-terminator.ts';

const ENDLESS = 'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n, repeat($$x$$, 200) FROM r';

describePostgres('a server that wants a certificate of its clients', (context) => {
  it('gets it with the cancel request too, which checks the server as the connection did: the client is kept', async () => {
    await using terminator = await startTlsTerminator(context().server);
    const names: string[] = [];
    const url = new URL(context().dsn);
    const pool = new pg.Pool({
      host: '127.0.0.1',
      port: terminator.port,
      user: url.username,
      password: url.password,
      database: url.pathname.slice(1),
      max: 1,
      ssl: {
        ...terminator.ssl,
        checkServerIdentity: (name, certificate) => {
          names.push(name);
          return checkServerIdentity(name, certificate);
        },
      },
    });
    try {
      const pid = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
      const before = await pid();
      const ms = await timed(async () => {
        for await (const chunk of pgCopyTo({ query: ENDLESS, client: pool })) {
          assert.ok((chunk as Buffer).length > 0);
          break;
        }
      });
      assert.ok(ms < 3_000, `${ms} ms`);
      assert.equal(await pid(), before);
      assert.deepEqual({ ...terminator.let }, { in: 2, out: 0 });
      assert.deepEqual(names, ['127.0.0.1', '127.0.0.1']);
    } finally {
      await pool.end();
    }
  });
});
