import assert from 'node:assert/strict';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import { chunked, csvRows } from '../support/bytes.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';
import { nextRetry, retriesOf } from '../support/retries.ts';

describe('a server that is not there yet', () => {
  afterEach(closePools);

  it('is asked again until it is, before any byte is sent', async () => {
    await using server = await startPostgres();
    await server.admin('CREATE TABLE t (a int, b text)');
    await server.stop();
    const sink = pgCopyFrom({ table: 't', config: { dsn: server.dsn }, retry: { attempts: 100, maxDelay: 100 } });
    const retried = await retriesOf(async () => {
      const loaded = pipeline(chunked(csvRows(10)), sink);
      await nextRetry();
      await server.start();
      await loaded;
    });
    assert.ok(retried.length > 0);
    assert.equal(sink.result?.rows, 10);
  });
});

describePostgres('connecting', (context) => {
  before(() => context().sql('CREATE TABLE t (a int, b text)'));

  it('is tried as often as retry says, and no more', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(() => ({ refuse: true }));
      for (const [retry, tries] of [
        [false, 1],
        [{ attempts: 4, minDelay: 1 }, 4],
      ] as const) {
        const before = proxy.connections;
        const error = await rejection(
          pipeline(chunked(csvRows(1)), pgCopyFrom({ table: 't', config: { dsn }, retry })),
        );
        assert.equal(error['code'], 'CONNECTION_LOST');
        assert.equal(proxy.connections - before, tries);
      }
    });
  });

  it('is not repeated for what does not pass by waiting: credentials, a database that is not there', async () => {
    for (const [change, code] of [
      [{ password: 'wrong' }, 'AUTH_FAILED'],
      [{ pathname: '/nowhere' }, 'NOT_FOUND'],
    ] as const) {
      const { href: dsn } = Object.assign(new URL(context().dsn), change);
      const sink = pgCopyFrom({ table: 't', config: { dsn }, retry: { attempts: 5, minDelay: 1 } });
      const retried = await retriesOf(async () => {
        assert.equal((await rejection(pipeline(chunked(csvRows(1)), sink)))['code'], code);
      });
      assert.equal(retried.length, 0);
    }
  });

  it('is not repeated once bytes were sent', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(() => ({ up: [{ when: { pattern: 'row 5' }, do: 'reset' }] }));
      const sink = pgCopyFrom({ table: 't', config: { dsn }, retry: { attempts: 5, minDelay: 1 } });
      const retried = await retriesOf(() => rejection(pipeline(chunked(csvRows(100)), sink)));
      assert.equal(retried.length, 0);
      assert.equal((await sink.settled).outcome, 'not-done');
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.deepEqual(await context().sql('SELECT * FROM t WHERE a = 5'), []);
    });
  });

  it('to a role without connections left waits for one', async () => {
    await context().sql("CREATE ROLE few LOGIN PASSWORD 'x' CONNECTION LIMIT 1; GRANT ALL ON t TO few");
    const dsn = context().dsn.replace(/\/\/[^@]*@/, '//few:x@');
    const holder = pgCopyFrom({ table: 't', config: { dsn, pool: { maxSize: 1 } } });
    holder.write('1,x\n');
    await new Promise((resolve) => holder.once('drain', resolve).write('2,y\n', resolve));
    const second = pgCopyFrom({
      table: 't',
      config: { dsn, pool: { maxSize: 2 } },
      retry: { attempts: 200, maxDelay: 50 },
    });
    const retried = await retriesOf(async () => {
      const loaded = pipeline(chunked(csvRows(3)), second);
      await nextRetry();
      holder.end();
      await once(holder, 'finish');
      await closePools();
      await loaded;
    });
    assert.equal(retried[0]?.code, 'SERVER_UNAVAILABLE');
    assert.equal(second.result?.rows, 3);
    await context().sql('DROP OWNED BY few; DROP ROLE few');
  });
});
