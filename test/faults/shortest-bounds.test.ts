import assert from 'node:assert/strict';
import pg from 'pg';
import { pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { postgres } from '../../src/connectors/registry.ts';
import { FACTORIES, TABLE } from '../observability/factories.ts';
import { useServers } from '../observability/play.ts';
import { collect } from '../support/bytes.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

/** To a server or a driver, the first is no limit, and the others are rounded to it. */
const BOUNDS = [0, 0.4, '0.4ms'] as const;
/** Of what would otherwise wait for ever. */
const ENOUGH = { timeout: '10s', cleanupTimeout: '1s' } as const;

describePostgres('a bound of less than a millisecond never means no limit:', (context) => {
  const servers = useServers(context);

  it('of twelve factories', () => assert.equal(FACTORIES.length, 12));

  for (const factory of FACTORIES) {
    it(`the deadline of ${factory.name}`, () =>
      servers(async (servers) => {
        const played = factory.arrange('abort', servers);
        const { signal } = new AbortController();
        for (const timeout of BOUNDS) {
          const stream = played.make({ profile: 'shortest', signal, timeout } as never);
          // One that is over before it is used has told so already.
          stream.on('error', () => undefined);
          await played.use(stream).catch(() => undefined);
          const { outcome, error } = await stream.settled;
          assert.deepEqual([outcome, error?.code], ['not-done', 'DEADLINE_EXCEEDED'], String(timeout));
        }
      }));
  }

  it('the wait for a lock', () =>
    servers(async () => {
      const holder = new pg.Client({ connectionString: context().dsn });
      await holder.connect();
      await holder.query(`BEGIN; LOCK TABLE ${TABLE} IN ACCESS EXCLUSIVE MODE`);
      try {
        for (const lock of BOUNDS) {
          const config = { dsn: context().dsn, timeouts: { lock } };
          for (const stream of [
            pgCopyTo({ table: TABLE, config, ...ENOUGH }),
            pgCopyTo({ table: TABLE, config: { dsn: context().dsn }, lockTimeout: lock, ...ENOUGH }),
          ]) {
            assert.equal((await rejection(collect(stream)))['code'], 'LOCK_TIMEOUT', String(lock));
          }
        }
      } finally {
        await holder.end();
      }
    }));

  it('the wait for a connection', async () => {
    for (const connect of BOUNDS) {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(() => ({ stallConnect: true }));
        const source = pgCopyTo({ query: 'SELECT 1', config: { dsn, timeouts: { connect } }, retry: false, ...ENOUGH });
        assert.equal((await rejection(collect(source)))['code'], 'CONNECT_TIMEOUT', String(connect));
      });
    }
  });

  it('the time that a connection may idle', async () => {
    for (const maxIdle of BOUNDS) {
      const client = postgres.client('default', { dsn: context().dsn, pool: { minSize: 0, maxIdle } });
      const pool = await client.rawPool();
      await eventually(() => assert.equal(pool.totalCount, 0, String(maxIdle)));
      await client.close();
    }
    await closePools();
  });
});
