import assert from 'node:assert/strict';
import pg from 'pg';
import { pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { collect, fingerprint } from '../support/bytes.ts';
import { rejection, throughProxy, timed } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

const ROWS = 'SELECT n, repeat($$x$$, 50) FROM generate_series(1, 20000) AS n';

describePostgres('pgCopyTo', (context) => {
  for (const fault of ['reset', 'close'] as const) {
    for (const afterBytes of [2_000, 300_000]) {
      it(`whose connection ends with a ${fault} after ${afterBytes} bytes never ends well: CONNECTION_LOST`, async () => {
        await throughProxy(context().dsn, async ({ proxy, dsn }) => {
          proxy.plan(({ number }) => (number === 1 ? { down: [{ when: { afterBytes }, do: fault }] } : undefined));
          const source = pgCopyTo({ query: ROWS, config: { dsn } });
          const error = await rejection(collect(source));
          assert.ok(proxy.log.some(({ event }) => event === 'rule'));
          assert.deepEqual([error['code'], error['retryable']], ['CONNECTION_LOST', true]);
          const settled = await source.settled;
          assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
          assert.equal(source.result, undefined);
        });
      });
    }
  }

  it('that stalls mid-way is ended by its deadline', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) =>
        number === 1 ? { down: [{ when: { afterBytes: 300_000 }, do: 'stall' }] } : undefined,
      );
      const source = pgCopyTo({ query: ROWS, config: { dsn }, timeout: 1_000 });
      let error: Record<string, unknown> = {};
      const ms = await timed(async () => (error = await rejection(collect(source))));
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.deepEqual([error['code'], error['stage']], ['DEADLINE_EXCEEDED', 'transfer']);
      assert.ok(ms >= 1_000 && ms < 5_000, `${ms} ms`);
      assert.equal((await source.settled).cleanup, 'confirmed');
    });
  });

  it('whose server says that these were all rows, and then nothing more, is given up after commitTimeout', async () => {
    const done = Buffer.of(0x63, 0, 0, 0, 4);
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) => (number === 1 ? { down: [{ when: { pattern: done }, do: 'stall' }] } : undefined));
      const source = pgCopyTo({ query: ROWS, config: { dsn }, commitTimeout: 500, timeout: 3_000 });
      let error: Record<string, unknown> = {};
      const ms = await timed(async () => (error = await rejection(collect(source))));
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.equal(error['code'], 'RESPONSE_TIMEOUT');
      assert.ok(ms >= 500 && ms < 5_000, `${ms} ms`);
      const settled = await source.settled;
      assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
    });
  });

  it('gives two readers of one pool each their own rows, to the last', async () => {
    const pool = new pg.Pool({ connectionString: context().dsn, max: 2 });
    try {
      const read = () => collect(pgCopyTo({ query: ROWS, client: pool }));
      const [one, other, alone] = await Promise.all([read(), read(), read()]);
      assert.deepEqual([fingerprint(one), fingerprint(other)], [fingerprint(alone), fingerprint(alone)]);
      assert.deepEqual([pool.totalCount, pool.idleCount], [2, 2]);
    } finally {
      await pool.end();
    }
  });
});
