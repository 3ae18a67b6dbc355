import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setSecretsProvider } from '../../../src/config/secrets.ts';
import { pgCopyFrom } from '../../../src/connectors/postgres/copy-from.ts';
import { assertSilent, rejection } from '../../support/faults.ts';
import { describePostgres } from '../../support/postgres.ts';

describePostgres('a password that is a secret', (context) => {
  const secrets = new Map<string, string>();
  let asked = 0;
  before(async () => {
    setSecretsProvider('rotating', async (name) => {
      asked += 1;
      return Promise.resolve(secrets.get(name));
    });
    await context().sql('CREATE TABLE events (id int)');
    await context().sql('CREATE ROLE rotated LOGIN');
    await context().sql('GRANT INSERT, SELECT ON events TO rotated');
  });
  beforeEach(() => context().sql('TRUNCATE events'));
  after(async () => {
    setSecretsProvider('rotating', undefined);
    await context().sql('DROP OWNED BY rotated');
    await context().sql('DROP ROLE rotated');
  });
  const rotate = async (password: string): Promise<void> => {
    await context().sql(`ALTER ROLE rotated PASSWORD '${password}'`);
    secrets.set('password', password);
  };
  const dsn = (): string => {
    const url = new URL(context().dsn);
    return `postgresql://rotated:secret://rotating/password@${url.host}${url.pathname}?sslmode=disable`;
  };
  const load = async (config: Readonly<Record<string, unknown>>): Promise<number | undefined> => {
    const sink = pgCopyFrom({ table: 'events', config, retry: false });
    await pipeline(Readable.from([Buffer.from('1\n2\n')]), sink);
    return sink.result?.rows;
  };
  /** Only new connections ask for a password. */
  const disconnect = (): Promise<unknown> =>
    context().sql(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'rotated'`);

  it('goes percent-encoded into the DSN, and a new connection takes what it is then', async () => {
    await rotate('p@ss/w:rd#1%');
    assert.equal(await load({ dsn: dsn() }), 2);
    await disconnect();
    await rotate('an?other=one');
    const before = asked;
    assert.equal(await load({ dsn: dsn() }), 2);
    assert.equal(asked, before + 1);
    assert.equal(await load({ dsn: dsn() }), 2);
    assert.equal(asked, before + 1, 'an open connection needs no password');
    await disconnect();
  });

  it('that is wrong, or missing, is an error without it', async () => {
    await rotate('right');
    secrets.set('password', 'canary-wrong');
    const refused = await rejection(load({ dsn: dsn(), applicationName: 'wrong' }));
    assert.equal(refused['code'], 'AUTH_FAILED');
    assertSilent(refused, 'canary-wrong');
    secrets.delete('password');
    const missing = await rejection(load({ dsn: dsn(), applicationName: 'missing' }));
    assert.equal(missing['code'], 'SECRET_MISSING');
    assert.match(missing.message, /secret:\/\/rotating\/password is not there/);
  });

  it('may come from a function, which is asked for each connection', async () => {
    await rotate('token-1');
    const { hostname: host, port, pathname } = new URL(context().dsn);
    let calls = 0;
    const password = async (): Promise<string> => {
      calls += 1;
      return Promise.resolve(secrets.get('password') ?? '');
    };
    const config = { host, port, database: pathname.slice(1), user: 'rotated', sslmode: 'disable', password };
    assert.equal(await load(config), 2);
    await disconnect();
    await rotate('token-2');
    assert.equal(await load(config), 2);
    assert.equal(calls, 2);
    await disconnect();
  });
});
