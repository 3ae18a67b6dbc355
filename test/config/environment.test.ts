import assert from 'node:assert/strict';
import { environmentLayers } from '../../src/config/environment.ts';
import { merge } from '../../src/config/layer.ts';
import type { Layer } from '../../src/config/layer.ts';

/** Laid over each other in the order in which they come. */
const environmentLayer = (connector: string, profile: string, environment?: NodeJS.ProcessEnv): Layer =>
  environmentLayers(connector, profile, environment)
    .map(({ values }) => values)
    .reduce(merge);

const PREFIX = 'AUTO_WORKFLOW_CONNECTORS_S3_DEFAULT__';
const layer = (variables: Record<string, string | undefined>) =>
  environmentLayer(
    's3',
    'default',
    Object.fromEntries(Object.entries(variables).map(([name, value]) => [PREFIX + name, value])),
  );

describe('the environment of a profile', () => {
  it('becomes camelCase keys and groups, and its values stay strings', () => {
    assert.deepEqual(
      layer({ ENDPOINT_URL: 'http://a', ALLOW_HTTP: 'true', RETRIES__ATTEMPTS: '3', RETRIES__X_Y: '' }),
      {
        endpointUrl: 'http://a',
        allowHttp: 'true',
        retries: { attempts: '3', xY: '' },
      },
    );
  });

  it('is overlaid by its JSON, however the keys are spelled there', () => {
    const JSON = '{"pool_options":{"maxSize":9},"retries":{"attempts":7}}';
    assert.deepEqual(layer({ POOL_OPTIONS__MIN_SIZE: '1', RETRIES__ATTEMPTS: '3', JSON }), {
      poolOptions: { minSize: '1', maxSize: 9 },
      retries: { attempts: 7 },
    });
    assert.deepEqual(layer({ POOL_OPTIONS__MIN_SIZE: '1', JSON: '{"poolOptions":{"maxSize":9}}' }), {
      poolOptions: { minSize: '1', maxSize: 9 },
    });
  });

  it('is one setting with its JSON, whatever the case of the keys there', () => {
    for (const key of ['HOST', 'host', 'Host']) {
      assert.deepEqual(layer({ HOST: 'variable', JSON: `{"${key}":"json"}` }), { host: 'json' });
    }
    for (const key of ['ACCESS_KEY_ID', 'access_key_id', 'accessKeyId', 'AccessKeyId']) {
      const JSON = `{"credentials":{"${key}":"json"}}`;
      assert.deepEqual(layer({ CREDENTIALS__ACCESS_KEY_ID: 'variable', JSON }), {
        credentials: { accessKeyId: 'json' },
      });
    }
  });

  it('leaves every value the text that it is, whatever it looks like, blanks included', () => {
    const looks = [
      'nan',
      'inf',
      '1e5',
      '0x10',
      '1_000',
      '+5',
      '007',
      'TRUE',
      'null',
      '100ms',
      ' 5 ',
      '\u00b2',
      '-',
      '',
    ];
    for (const value of looks) assert.deepEqual(layer({ PASSWORD: value }), { password: value });
    assert.equal(looks.length, 14);
  });

  for (const [profile, variable] of [
    ['default', 'DEFAULT'],
    ['eu-west', 'EU_WEST'],
    ['eu_west', 'EU_WEST'],
    ['tenant-42', 'TENANT_42'],
    ['2026', '2026'],
    ['euWest', 'EUWEST'],
    ['UPPER', 'UPPER'],
  ] as const) {
    it(`is read from ..._${variable}__... for the profile '${profile}'`, () => {
      const environment = { [`AUTO_WORKFLOW_CONNECTORS_POSTGRES_${variable}__HOST`]: 'db' };
      assert.deepEqual(environmentLayer('postgres', profile, environment), { host: 'db' });
    });
  }

  it('is no other profile, and no other connector', () => {
    const names = [
      'S3_DEFAULT2__A',
      'S3_DEFAULT_X__A',
      'S3__A',
      'S32_DEFAULT__A',
      'POSTGRES_DEFAULT__A',
      'S3_DEFAULT_A',
    ];
    const environment = Object.fromEntries(names.map((name) => [`AUTO_WORKFLOW_CONNECTORS_${name}`, 'x']));
    assert.deepEqual(environmentLayer('s3', 'default', environment), {});
  });

  it('is empty where a variable is unset', () => {
    assert.deepEqual(layer({ HOST: undefined }), {});
  });

  it('is that of the process by default', () => {
    process.env[`${PREFIX}CANARY_KEY`] = 'x';
    try {
      assert.equal(environmentLayer('s3', 'default')['canaryKey'], 'x');
    } finally {
      Reflect.deleteProperty(process.env, `${PREFIX}CANARY_KEY`);
    }
  });

  const refused: [string, Record<string, string>][] = [
    ['JSON that is broken', { JSON: '{"password":"canary"' }],
    ['JSON that is a list', { JSON: '["canary"]' }],
    ['JSON that is null', { JSON: 'null' }],
    ['a value that is also a group', { POOL: 'canary', POOL__MAX: '1' }],
    ['a group that is also a value', { POOL__MAX: '1', POOL: 'canary' }],
    ['a deep value that is also a group', { A__B: 'canary', A__B__C: '1' }],
    ['no key', { '': 'canary' }],
    ['an empty key within', { A____B: 'canary' }],
    ['a key that ends open', { A__: 'canary' }],
    ['a prototype', { __PROTO____HOST: 'canary' }],
  ];
  for (const [what, variables] of refused) {
    it(`refuses ${what}, and names the variable but no value`, () => {
      assert.throws(
        () => layer(variables),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID');
          assert.ok(error.message.includes(PREFIX), error.message);
          assert.ok(!error.message.includes('canary'), error.message);
          return true;
        },
      );
    });
  }
  it('has a case for every refusal', () => assert.equal(refused.length, 10));

  it('takes `CONSTRUCTOR` for a key like any other, and touches no prototype', () => {
    assert.deepEqual(layer({ CONSTRUCTOR: 'x' }), { constructor: 'x' });
    const nested = layer({ CONSTRUCTOR__PROTOTYPE__POLLUTED: 'x' });
    assert.equal(JSON.stringify(nested), '{"constructor":{"prototype":{"polluted":"x"}}}');
    assert.equal('polluted' in {}, false);
  });
});
