import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom } from '../../../src/connectors/postgres/copy-from.ts';
import { connectors, postgres } from '../../../src/connectors/registry.ts';
import { rejection } from '../../support/faults.ts';
import { describePostgres } from '../../support/postgres.ts';

describePostgres('a client of a profile', (context) => {
  afterEach(() => connectors.reset());
  const open = (config: object = {}) => postgres.client('default', { dsn: context().dsn, ...config });

  it('answers, is the client of a stream, and is the profile that the stream names', async () => {
    await context().sql('CREATE TABLE numbers (n int)');
    await using client = open();
    assert.ok((await client.ping()) > 0);
    const sink = pgCopyFrom({ table: 'numbers', client });
    await pipeline(Readable.from([Buffer.from('1\n2\n')]), sink);
    assert.equal(sink.result?.rows, 2);
    assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM numbers'), [{ n: 2 }]);
  });

  it('has its profile already: a stream takes neither another one nor settings with it', async () => {
    await using client = open();
    for (const more of [{ profile: 'other' }, { config: {} }]) {
      assert.throws(() => pgCopyFrom({ table: 'numbers', client, ...more }), { code: 'CONFIG_INVALID' });
    }
  });

  it('gives the pool itself, with the sizes and times of the profile', async () => {
    await using client = open({ pool: { max_size: 3, maxIdle: '7s' }, timeouts: { connect: '9s' } });
    const { options } = (await client.rawPool()) as unknown as { options: Record<string, unknown> };
    assert.deepEqual([options['max'], options['min'], options['idleTimeoutMillis']], [3, 1, 7_000]);
  });

  it('has the defaults of the documentation on the pool itself', async () => {
    await using client = open();
    const pool = (await client.rawPool()) as unknown as { options: Record<string, unknown> };
    assert.deepEqual(
      ['max', 'min', 'idleTimeoutMillis', 'port'].map((name) => pool.options[name]),
      [10, 1, 300_000, Number(new URL(context().dsn).port)],
    );
  });

  it('that is closed leaves no connection, cannot be used, and is replaced by the next', async () => {
    const name = 'closed-client';
    const client = open({ applicationName: name });
    await client.open();
    const backends = () => context().sql('SELECT pid FROM pg_stat_activity WHERE application_name = $1', [name]);
    assert.equal((await backends()).length, 1);
    const [once, twice] = [client.close(), client.close()];
    assert.equal(once, twice);
    await once;
    assert.equal(client.isClosed(), true);
    assert.equal((await rejection(client.ping()))['code'], 'CLIENT_CLOSED');
    const again = open({ applicationName: name });
    assert.notEqual(again, client);
    await again.ping();
    await again.close();
  });

  it('that cannot connect says why', async () => {
    await using client = postgres.client('default', { dsn: 'postgresql://u:canary@127.0.0.1:1/x?sslmode=disable' });
    assert.equal((await rejection(client.open()))['code'], 'CONNECTION_FAILED');
  });
});
