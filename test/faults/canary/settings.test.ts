import assert from 'node:assert/strict';
import { variablePrefix } from '../../../src/config/environment.ts';
import { explainProfile } from '../../../src/config/explain.ts';
import { settingsIn } from '../../../src/config/describe.ts';
import type { Schema } from '../../../src/config/check.ts';
import type { Layer } from '../../../src/config/layer.ts';
import { resolveProfile } from '../../../src/config/resolve.ts';
import type { ProfileRequest } from '../../../src/config/resolve.ts';
import { setSecretsProvider, staticSecrets } from '../../../src/config/secrets.ts';
import { adls2Schema } from '../../../src/connectors/adls2/config.ts';
import { connectionConfig, postgresSchema } from '../../../src/connectors/postgres/config.ts';
import { s3Schema } from '../../../src/connectors/s3/config.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { ACCOUNT_KEY, PASSWORD, SECRET_KEY, SESSION_TOKEN } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import { shown } from './hearing.ts';

const SCHEMAS: Readonly<Record<string, Schema>> = {
  postgres: postgresSchema,
  s3: s3Schema,
  adls2: adls2Schema,
};

/** One setting as a layer, as deep as it lies. */
function nested(keys: readonly string[], value: unknown): Layer {
  const [key = '', ...rest] = keys;
  return { [key]: rest.length === 0 ? value : nested(rest, value) };
}

const snake = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Where a setting may be written. */
const ORIGINS: Readonly<
  Record<string, (connector: string, keys: readonly string[], value: string) => Partial<ProfileRequest>>
> = {
  'the call': (_connector, keys, value) => ({ overrides: nested(keys, value) }),
  'the file': (connector, keys, value) => ({
    file: { path: '/etc/sluice.config.json', connectors: { [connector]: { default: nested(keys, value) } } },
  }),
  'a variable': (connector, keys, value) => ({
    environment: { [variablePrefix(connector, 'default') + keys.map(snake).join('__').toUpperCase()]: value },
  }),
  'a variable of JSON': (connector, keys, value) => ({
    environment: { [`${variablePrefix(connector, 'default')}JSON`]: JSON.stringify(nested(keys, value)) },
  }),
};

/** What may land in the wrong place. */
const VALUES = [
  PASSWORD,
  SECRET_KEY,
  SESSION_TOKEN,
  `AccountName=a;AccountKey=${ACCOUNT_KEY}`,
  `postgresql://keeper:${encodeURIComponent(PASSWORD)}@h:x/d`,
  `https://u:${SECRET_KEY}@h`,
  'secret://canaries/any',
];

describe('a secret that is written as a setting', () => {
  before(() => setSecretsProvider('canaries', staticSecrets({ any: PASSWORD })));
  after(() => setSecretsProvider('canaries', undefined));

  const cases = Object.entries(SCHEMAS).flatMap(([connector, schema]) =>
    settingsIn(schema).map((setting) => ({ connector, schema, ...setting })),
  );

  it('is tried as every setting of every connector, from each of four origins', () => {
    assert.deepEqual([Object.keys(ORIGINS).length, VALUES.length], [4, 7]);
    assert.ok(cases.length >= 70, `${cases.length} settings`);
    assert.deepEqual([...new Set(cases.map(({ connector }) => connector))], ['postgres', 's3', 'adls2']);
  });

  for (const [origin, write] of Object.entries(ORIGINS)) {
    it(`in ${origin} is in no error, be it the right place or a wrong one`, async () => {
      let [refused, taken] = [0, 0];
      for (const { connector, schema, path, isSecret, type } of cases) {
        for (const value of VALUES) {
          const request = { connector, profile: 'default', environment: {}, file: null };
          const full: ProfileRequest = { ...request, ...write(connector, path.split('.'), value) };
          try {
            const { settings, key, references, reveal } = resolveProfile(schema, full);
            // Texts that are no secrets are told as they are: a host is.
            if (isSecret || value.startsWith('secret:')) assertNoCanary(shown({ key, references }));
            const revealed = await reveal();
            if (connector === 'postgres') connectionConfig(revealed as never, 'default');
            assert.ok(settings !== undefined);
            taken += 1;
          } catch (error) {
            assert.ok(error instanceof ConnectorError && error.code === 'CONFIG_INVALID', String(error));
            assertNoCanary(shown(error));
            refused += 1;
          }
          const told = explainProfile(schema, full).filter(({ path: at }) => at === path);
          assert.equal(told.length, 1);
          if (isSecret || type !== 'text') assertNoCanary(shown(told));
        }
      }
      assert.ok(taken >= 20 && refused >= 300, `${taken} taken, ${refused} refused`);
    });
  }

  it('as a key, or in the name of one, is told only where it is the name', () => {
    for (const [connector, schema] of Object.entries(SCHEMAS)) {
      const overrides = { unknownKey: SECRET_KEY, credentials: { nothing: SECRET_KEY }, pool: { password: PASSWORD } };
      const request = { connector, profile: 'default', environment: {}, file: null, overrides };
      assert.throws(
        () => resolveProfile(schema, request),
        (error) => {
          assertNoCanary(shown(error));
          return error instanceof ConnectorError && error.message.includes('unknown key "unknownKey"');
        },
      );
    }
  });
});
