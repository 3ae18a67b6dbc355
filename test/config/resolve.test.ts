import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { Layer } from '../../src/config/layer.ts';
import { resolveProfile } from '../../src/config/resolve.ts';
import { boolean, duration, integer, secret, size, text } from '../../src/config/schema.ts';
import { setSecretsProvider } from '../../src/config/secrets.ts';
import { assertSilent, rejection } from '../support/faults.ts';

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
  resolveProfile(schema, { connector: 'memory', profile: 'default', overrides, environment, file: null }).settings;

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

  it('take no number from what only looks like one: `nan`, `inf`, `1e5`, hexadecimals, blanks', () => {
    const looks = [
      'nan',
      'inf',
      'Infinity',
      '1e5',
      '0x10',
      '1_000',
      '+5',
      '-7',
      '5.0',
      ' 5',
      '5 ',
      '\u00b2',
      '-',
      '',
      'true',
    ];
    for (const value of looks) {
      assert.match(
        refusal({ host: 'x' }, { [`${PREFIX}PORT`]: value }).message,
        /port: expected a whole number/,
        value,
      );
      assert.equal(resolve({ host: 'x' }, { [`${PREFIX}PASSWORD`]: value }).password, value);
    }
    assert.equal(looks.length, 15);
  });

  it('take no duration without a unit, and keep that of each unit', () => {
    const idle = (value: string): unknown =>
      resolve({ host: 'x' }, { [`${PREFIX}POOL__MAX_IDLE`]: value }).pool.maxIdle;
    assert.deepEqual(['100ms', '5s', '12m', '1h'].map(idle), [100, 5_000, 720_000, 3_600_000]);
    for (const value of ['30', '2 m', 's', '1e5ms', 'nan']) {
      assert.match(refusal({ host: 'x' }, { [`${PREFIX}POOL__MAX_IDLE`]: value }).message, /must be a duration/, value);
    }
  });

  it('refuse one underscore too many by its name: `POOL___MAX_SIZE`, `A___B`', () => {
    const { message } = refusal({ host: 'x' }, { [`${PREFIX}POOL___MAX_SIZE`]: '3', [`${PREFIX}A___B`]: 'canary' });
    assert.match(message, /pool: unknown key "_maxSize"; did you mean "maxSize"\? \(\w+POOL___MAX_SIZE\)/);
    assert.match(message, /unknown key "a" \(\w+A___B\)/);
    assert.ok(!message.includes('canary'));
  });

  it('leave the file, the environment and its JSON as they were: nothing of one call is in the next', async () => {
    setSecretsProvider('layers', () => 'canary');
    const file = { path: '/f', connectors: { memory: { default: { host: 'file', pool: { maxIdle: '2s' } } } } };
    const environment = { [`${PREFIX}JSON`]: '{"pool":{"maxSize":3}}', [`${PREFIX}PASSWORD`]: 'secret://layers/x' };
    const before = JSON.stringify([file, environment]);
    const request = { connector: 'memory', profile: 'default', environment, file };
    const changed = resolveProfile(schema, { ...request, overrides: { host: 'call', pool: { maxSize: 9 } } });
    const [revealed, plain] = [await changed.reveal(), resolveProfile(schema, request)];
    setSecretsProvider('layers', undefined);
    assert.deepEqual(
      [revealed.host, revealed.password, revealed.pool],
      ['call', 'canary', { maxSize: 9, maxIdle: 2_000 }],
    );
    assert.deepEqual([plain.settings.host, plain.settings.pool], ['file', { maxSize: 3, maxIdle: 2_000 }]);
    assert.equal(JSON.stringify([file, environment]), before);
    assertSilent([changed.settings, plain.settings], 'canary');
  });

  it('leave the overrides as they were given', () => {
    const overrides = { host: 'x', pool: { max_size: 3 } };
    resolve(overrides, { [`${PREFIX}POOL__MAX_IDLE`]: '1s' });
    assert.deepEqual(overrides, { host: 'x', pool: { max_size: 3 } });
  });

  it('that are wrong are all named at once, with where they were written, and with the value unless it may be secret', () => {
    const error = refusal(
      { password: 7_331, prot: 'canary', partSize: 'huge', pool: { maxSise: 'canary', maxIdle: 'soon' } },
      { [`${PREFIX}PORT`]: 'none', [`${PREFIX}POOL__MAX_SIZE`]: '101', [`${PREFIX}JSON`]: '{"tls":"perhaps"}' },
    );
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
    for (const told of [
      'host: is missing',
      'password: expected string (the call)',
      'profile: unknown key "prot"; did you mean "port"? (the call)',
      'pool: unknown key "maxSise"; did you mean "maxSize"? (the call)',
      `port: expected a whole number from 1 to 65535, not 'none' (${PREFIX}PORT)`,
      `pool.maxSize: expected a whole number from 1 to 100, not '101' (${PREFIX}POOL__MAX_SIZE)`,
      `tls: expected true or false, not 'perhaps' (${PREFIX}JSON)`,
      "not 'huge' (the call)",
      "not 'soon' (the call)",
    ]) {
      assert.ok(error.message.includes(told), `${told}\n${error.message}`);
    }
    assertSilent(error, 'canary', '7331');
  });

  for (const value of [
    'postgresql://u:canary@h/d',
    'canary/with+signs==',
    'canary'.repeat(6),
    ['canary'],
    { a: 'canary' },
  ]) {
    it(`that are ${JSON.stringify(value)} where that does not belong are not repeated`, () => {
      const error = refusal({ host: 'x', port: value });
      assert.match(error.message, /port: expected a whole number from 1 to 65535/);
      assertSilent(error, 'canary');
    });
  }

  it('that stand where a group belongs are not repeated', () => {
    const error = refusal({ host: 'x', pool: 'canary' });
    assert.match(error.message, /pool: expected Object/);
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

describe('a profile', () => {
  const file = (profiles: Record<string, Layer>) => ({
    path: '/etc/sluice.config.json',
    connectors: { memory: profiles },
  });
  const profile = (name: string, overrides: Layer = {}, profiles: Record<string, Layer> = {}, environment = {}) =>
    resolveProfile(schema, { connector: 'memory', profile: name, overrides, environment, file: file(profiles) });

  it('takes the file under the environment, and of both what the other has not', () => {
    const { settings } = profile(
      'eu-west',
      { tls: false },
      { 'eu-west': { host: 'file', port: 1, pool: { maxSize: 3 } } },
      {
        AUTO_WORKFLOW_CONNECTORS_MEMORY_EU_WEST__PORT: '2',
        AUTO_WORKFLOW_CONNECTORS_MEMORY_EU_WEST__POOL__MAX_IDLE: '3ms',
      },
    );
    assert.deepEqual(settings, { host: 'file', port: 2, tls: false, pool: { maxSize: 3, maxIdle: 3 } });
  });

  it('that is wrong in the file names the file', () => {
    assert.throws(() => profile('default', {}, { default: { host: 'x', port: 'y' } }), {
      message: /port: expected .*, not 'y' \(\/etc\/sluice\.config\.json\)/,
    });
  });

  it('that is configured nowhere is refused, with the one that was meant', () => {
    assert.throws(() => profile('analitics', {}, { analytics: { host: 'x' } }), {
      code: 'CONFIG_INVALID',
      message:
        /nowhere .*sluice\.config\.json, and no AUTO_WORKFLOW_CONNECTORS_MEMORY_ANALITICS__\*\); did you mean 'analytics'\?/,
    });
    assert.equal(profile('analitics', { host: 'call' }).settings.host, 'call');
  });

  it('that is a label of a client that was handed in may be configured nowhere', () => {
    const withoutHost = v.object({ port: v.optional(integer(1, 9), 5) });
    const request = { connector: 'memory', profile: 'mine', environment: {}, file: null };
    assert.deepEqual(resolveProfile(withoutHost, { ...request, isLabel: true }).settings, { port: 5 });
  });

  describe('with secrets', () => {
    const secrets = new Map([
      ['host', 'db'],
      ['word', 'canary'],
      ['port', '99'],
    ]);
    before(() => setSecretsProvider('memory-test', (name) => secrets.get(name)));
    after(() => setSecretsProvider('memory-test', undefined));
    const referring = {
      host: 'secret://memory-test/host',
      password: 'secret://memory-test/word',
      port: 'secret://memory-test/port',
      pool: { maxSize: '7' },
    };

    it('is complete but for them, until they are revealed', async () => {
      const { settings, references, reveal } = profile('default', referring);
      assert.deepEqual(settings, { port: 5432, tls: true, pool: { maxSize: 7, maxIdle: 1 } });
      assert.deepEqual(references, ['host', 'password', 'port']);
      assert.deepEqual(await reveal(), {
        ...{ host: 'db', password: 'canary', port: 99 },
        ...{ tls: true, pool: { maxSize: 7, maxIdle: 1 } },
      });
    });

    it('asks for them anew each time', async () => {
      const { reveal } = profile('default', referring);
      assert.equal((await reveal()).password, 'canary');
      secrets.set('word', 'rotated');
      assert.equal((await reveal()).password, 'rotated');
    });

    it('is wrong at once where it is wrong without them, and names what a secret made wrong', async () => {
      assert.throws(() => profile('default', { ...referring, tls: 'x' }), /tls: expected true or false/);
      secrets.set('port', 'canary');
      const error = await rejection(profile('default', referring).reveal());
      assert.match(error.message, /port: expected a whole number/);
      assertSilent(error, 'canary', 'rotated');
    });

    it('has one key for the same settings and references, and another for others; no secret is in it', () => {
      const { key } = profile('default', referring);
      secrets.set('word', 'another');
      assert.equal(profile('default', { ...referring, pool: { max_size: 7 } }).key, key);
      assert.notEqual(profile('default', { ...referring, password: 'secret://memory-test/host' }).key, key);
      assert.notEqual(profile('default', { ...referring, tls: false }).key, key);
      const plain = profile('default', { host: 'x', password: 'canary' });
      assert.equal(profile('default', { password: 'canary', host: 'x' }).key, plain.key);
      assert.notEqual(plain.key, createHash('sha256').update(JSON.stringify(plain.settings)).digest('base64url'));
      assert.match(plain.key, /^[\w-]{43}$/);
    });
  });
});
