import assert from 'node:assert/strict';
import { environmentLayers } from '../../../src/config/environment.ts';
import type { Layer } from '../../../src/config/layer.ts';
import { connectionConfig, postgresProfile, tlsOptions } from '../../../src/connectors/postgres/config.ts';
import { parseDsn } from '../../../src/connectors/postgres/connection/dsn.ts';
import { assertSilent, rejection } from '../../support/faults.ts';

const invalid = (message: RegExp) => ({ name: 'ConfigError', code: 'CONFIG_INVALID', message });

const postgresConfig = (profile: string, overrides?: Layer) =>
  connectionConfig(postgresProfile(profile, overrides).settings, profile);

describe('the settings of a Postgres profile', () => {
  const variables: Record<string, string> = {
    AUTO_WORKFLOW_CONNECTORS_POSTGRES_EU_WEST__HOST: 'db.example',
    AUTO_WORKFLOW_CONNECTORS_POSTGRES_EU_WEST__PASSWORD: '12345678',
    AUTO_WORKFLOW_CONNECTORS_POSTGRES_EU_WEST__PORT: '5433',
    AUTO_WORKFLOW_CONNECTORS_POSTGRES_EU_WEST__POOL__MAX_SIZE: '3',
    AUTO_WORKFLOW_CONNECTORS_POSTGRES_EU_WEST__POOL__MAX_IDLE: '5s',
    AUTO_WORKFLOW_CONNECTORS_POSTGRES_EU_WEST__JSON: '{"timeouts":{"connect":"250ms"},"pool":{"min_size":0}}',
  };
  before(() => Object.assign(process.env, variables));
  after(() => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  });

  it('come from the environment, coerced by the type of each key alone', () => {
    const config = postgresConfig('eu-west');
    assert.equal(config.password, '12345678');
    assert.deepEqual(config.hosts, [{ host: 'db.example', port: 5433 }]);
    assert.deepEqual(config.pool, { minSize: 0, maxSize: 3, maxIdle: 5_000 });
    assert.equal(config.timeouts.connect, 250);
    assert.equal(config.sslmode, 'require');
  });

  it('are overlaid by the call, in camelCase or snake_case, deeply', () => {
    const config = postgresConfig('eu-west', { port: 1, pool: { max_size: 9 } });
    assert.deepEqual(config.hosts, [{ host: 'db.example', port: 1 }]);
    assert.deepEqual(config.pool, { minSize: 0, maxSize: 9, maxIdle: 5_000 });
  });

  it('that are unknown, malformed or missing are all named, and no secret is', () => {
    const wrong = { prot: 'canary', port: 'x', pool: { maxIdle: 'x' }, sslmode: 'x', password: ['canary'] };
    assert.throws(
      () => postgresConfig('eu-west', wrong),
      (error: Error) => {
        for (const key of ['prot', 'port', 'pool.maxIdle', 'sslmode', 'password'])
          assert.ok(error.message.includes(key), key);
        assertSilent(error, 'canary', '12345678');
        return true;
      },
    );
    assert.throws(() => postgresConfig('default'), invalid(/AUTO_WORKFLOW_CONNECTORS_POSTGRES_DEFAULT__DSN/));
  });

  it('that the DSN has are checked like the others', () => {
    for (const parameter of ['sslmode=canary', 'sslmode=', 'port=0', 'port=1x']) {
      const dsn = `postgresql://u:canary@h/d?${parameter}`;
      const resolve = (): unknown => postgresConfig('default', { dsn }).sslmode;
      if (parameter === 'sslmode=') assert.equal(resolve(), 'require');
      else
        assert.throws(resolve, (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID');
          assertSilent(error, 'canary');
          return true;
        });
    }
  });

  it('that clash or are no JSON are refused without their values', async () => {
    const prefix = 'AUTO_WORKFLOW_CONNECTORS_POSTGRES_X__';
    for (const environment of [
      { [`${prefix}JSON`]: '{canary' },
      { [`${prefix}JSON`]: '["canary"]' },
      { [`${prefix}POOL`]: 'canary', [`${prefix}POOL__MAX_SIZE`]: '1' },
      { [`${prefix}POOL__MAX_SIZE`]: '1', [`${prefix}POOL`]: 'canary' },
      { [`${prefix}__PROTO____POLLUTED`]: 'canary' },
    ]) {
      const error = await rejection(Promise.resolve().then(() => environmentLayers('postgres', 'x', environment)));
      assert.equal(error['code'], 'CONFIG_INVALID');
      assertSilent(error, 'canary');
    }
  });

  it('keep the modes of libpq apart', () => {
    const of = (sslmode: string, settings: object = { sslrootcert: 'PEM' }) =>
      tlsOptions(postgresConfig('eu-west', { sslmode, ...settings }));
    assert.equal(of('disable'), false);
    assert.deepEqual(of('prefer'), { rejectUnauthorized: false });
    assert.deepEqual(of('require', {}), { rejectUnauthorized: false });
    assert.deepEqual(of('verify-full'), { ca: 'PEM', rejectUnauthorized: true });
    // `require` with an authority is `verify-ca`, as in libpq.
    for (const authorityOnly of [of('verify-ca'), of('require')]) {
      assert.ok(authorityOnly !== false && authorityOnly.rejectUnauthorized === true);
      assert.deepEqual([authorityOnly.ca, typeof authorityOnly.checkServerIdentity], ['PEM', 'function']);
    }
  });
});

describe('a DSN', () => {
  it('gives its parts, decoded', () => {
    assert.deepEqual(
      parseDsn('postgresql://us%40er:p%3Aw%2F@[::1]:6000/my%20db?sslmode=verify-full&application_name=x'),
      {
        user: 'us@er',
        password: 'p:w/',
        hosts: [{ host: '::1', port: 6000 }],
        database: 'my db',
        sslmode: 'verify-full',
        applicationName: 'x',
      },
    );
    assert.deepEqual(parseDsn('postgres:///db?host=/var/run/postgresql'), {
      database: 'db',
      hosts: [{ host: '/var/run/postgresql' }],
    });
    assert.equal(parseDsn('postgresql://h/d?password=a=b==').password, 'a=b==');
    assert.deepEqual(
      parseDsn('postgresql://h/d?target_session_attrs=primary&load_balance_hosts=random&connect_timeout=7'),
      {
        hosts: [{ host: 'h' }],
        database: 'd',
        targetSessionAttrs: 'primary',
        loadBalanceHosts: 'random',
        connectTimeout: 7_000,
      },
    );
  });

  const LISTS: Readonly<Record<string, readonly object[]>> = {
    'a,b:2': [{ host: 'a' }, { host: 'b', port: 2 }],
    '[::1]:1,[fe80::1%25eth0],c': [{ host: '::1', port: 1 }, { host: 'fe80::1%eth0' }, { host: 'c' }],
    '%2Fa%2Cb:1,%2Frun%2Fpostgresql': [{ host: '/a,b', port: 1 }, { host: '/run/postgresql' }],
    '/?host=a,::1,[::1]:3,/run': [{ host: 'a' }, { host: '::1' }, { host: '::1', port: 3 }, { host: '/run' }],
    '/?host=a,b&port=1,2': [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ],
    'a,b/?port=3': [
      { host: 'a', port: 3 },
      { host: 'b', port: 3 },
    ],
  };
  for (const [text, hosts] of Object.entries(LISTS)) {
    it(`names its hosts in order: ${text}`, () => {
      assert.deepEqual(parseDsn(`postgresql://u:p,w@${text}`).hosts, hosts);
    });
  }

  for (const dsn of [
    'canary',
    'mysql://u:canary@h/d',
    'postgresql://u:can@ary@h/d',
    'postgresql://u:canary%ZZ@h/d',
    'postgresql://u:canary@a,,b/d',
    'postgresql://u:canary@a,/d',
    'postgresql://u:canary@a:b/d',
    'postgresql://u:canary@a:0,b/d',
    'postgresql://u:canary@a,b:99999/d',
    'postgresql://u:canary@/d?host=a,b,c&port=1,2',
    'postgresql://u:canary@a/d?connect_timeout=0',
    'postgresql://u:canary@a/d?connect_timeout=5s',
    'postgresql://u:canary@h:99999/d',
    'postgresql://u:canary@h/d?sslmoda=x',
    'postgresql://u:123?canary@h/d',
    'postgresql://u:123?a=b&canary@h/d',
    'postgresql://u:canary@h/d?constructor=x',
  ]) {
    it(`is refused without being quoted: ${dsn.replace(/can@?ary/, '...')}`, () => {
      assert.throws(
        () => parseDsn(dsn),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID');
          assertSilent(error, 'canary', 'ary@h');
          return true;
        },
      );
    });
  }
});
