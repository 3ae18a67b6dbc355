import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { Layer } from '../../src/config/layer.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { boolean, duration, integer, secret, size, text } from '../../src/config/schema.ts';
import { assertSilent } from '../support/faults.ts';

const schema = v.object({
  host: text(),
  password: v.optional(secret()),
  port: v.optional(integer(1, 65_535), 5432),
  tls: v.optional(boolean(), true),
  pool: v.optional(
    v.object({ maxSize: v.optional(integer(1, 100), 10), maxIdle: v.optional(duration('pool.maxIdle'), 1) }),
    {},
  ),
  partSize: v.optional(size('partSize')),
});

const PREFIX = 'AUTO_WORKFLOW_CONNECTORS_MEMORY_DEFAULT__';
const resolve = (overrides: Layer, environment: NodeJS.ProcessEnv = {}) =>
  resolveConfig(schema, { connector: 'memory', profile: 'default', overrides, environment });

function refusal(overrides: Layer, environment?: NodeJS.ProcessEnv) {
  try {
    resolve(overrides, environment);
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  assert.fail('it was accepted');
}

describe('the settings of a profile', () => {
  it('come from the call, over the environment, over the defaults', () => {
    const environment = {
      [`${PREFIX}HOST`]: 'environment',
      [`${PREFIX}PORT`]: '1',
      [`${PREFIX}POOL__MAX_SIZE`]: '2',
      [`${PREFIX}POOL__MAX_IDLE`]: '3s',
      [`${PREFIX}JSON`]: '{"port":4}',
    };
    assert.deepEqual(resolve({ host: 'call', pool: { max_size: 5 } }, environment), {
      host: 'call',
      port: 4,
      tls: true,
      pool: { maxSize: 5, maxIdle: 3_000 },
    });
  });

  it('are coerced by the type of the key, never by the look of the value', () => {
    const environment = {
      [`${PREFIX}HOST`]: 'true',
      [`${PREFIX}PASSWORD`]: '12345678',
      [`${PREFIX}PORT`]: '0080',
      [`${PREFIX}TLS`]: 'FALSE',
      [`${PREFIX}PART_SIZE`]: '8MiB',
    };
    const { host, password, port, tls, partSize } = resolve({}, environment);
    assert.deepEqual([host, password, port, tls, partSize], ['true', '12345678', 80, false, 8 * 1024 * 1024]);
  });

  it('leave the overrides as they were given', () => {
    const overrides = { host: 'x', pool: { max_size: 3 } };
    resolve(overrides, { [`${PREFIX}POOL__MAX_IDLE`]: '1s' });
    assert.deepEqual(overrides, { host: 'x', pool: { max_size: 3 } });
  });

  it('that are wrong are all named at once, and no value is', () => {
    const error = refusal({
      password: 7,
      prot: 'canary',
      port: 'canary',
      tls: 'canary',
      partSize: 'canary',
      pool: { maxIdle: 'canary', maxSise: 'canary' },
    });
    const { name, code, connector, profile, stage, retryable } = error;
    assert.deepEqual(
      { name, code, connector, profile, stage, retryable },
      {
        name: 'ConfigError',
        code: 'CONFIG_INVALID',
        connector: 'memory',
        profile: 'default',
        stage: 'configure',
        retryable: false,
      },
    );
    for (const key of ['host', 'password', '"prot"', 'port', 'tls', 'partSize', 'pool.maxIdle', '"maxSise"']) {
      assert.ok(error.message.includes(key), `${key}: ${error.message}`);
    }
    assertSilent(error, 'canary');
  });

  for (const json of [
    '{"host":"x","__proto__":{"port":1}}',
    '{"host":"x","constructor":{"prototype":{"port":1}}}',
    '{"host":"x","pool":{"__proto__":{"maxSize":1}}}',
  ]) {
    it(`refuse ${json} by its key, in the call and in the environment`, () => {
      const named = /unknown key "(?:__proto__|constructor)"/;
      assert.match(refusal(JSON.parse(json) as Layer).message, named);
      assert.match(refusal({}, { [`${PREFIX}JSON`]: json }).message, named);
      assert.equal('port' in {} || 'maxSize' in {}, false);
    });
  }
});
