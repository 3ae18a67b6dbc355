import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { chunked, collect, csvRows } from '../../support/bytes.ts';
import { describePostgres } from '../../support/postgres.ts';

const ENDLESS = 'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n, repeat($$x$$, 200) FROM r';

describePostgres('a server on a UNIX socket', (context) => {
  it('is loaded, read and cancelled without TLS, whatever sslmode says: nobody is in between', async () => {
    const { server } = context();
    const { password, pathname } = new URL(context().dsn);
    const host = encodeURIComponent(server.socketDir);
    const dsn = `postgresql://${server.user}:${password}@${pathname}?host=${host}&port=${server.port}&sslmode=verify-full`;
    const config = { dsn, pool: { maxSize: 1 } };
    const pid = async () => String(await collect(pgCopyTo({ query: 'SELECT pg_backend_pid()', config })));
    await context().sql('CREATE TABLE t (a int, b text)');
    const sink = pgCopyFrom({ table: 't', config });
    await pipeline(chunked(csvRows(100)), sink);
    assert.equal(sink.result?.rows, 100);
    const before = await pid();
    const source = pgCopyTo({ query: ENDLESS, config });
    for await (const chunk of source) {
      assert.ok((chunk as Buffer).length > 0);
      break;
    }
    assert.equal((await source.settled).cleanup, 'confirmed');
    assert.equal(await pid(), before);
  });
});
