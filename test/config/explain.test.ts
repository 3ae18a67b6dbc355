import assert from 'node:assert/strict';
import { settingsIn } from '../../src/config/describe.ts';
import { explainProfile, namedProfiles } from '../../src/config/explain.ts';
import { adls2Schema } from '../../src/connectors/adls2/config.ts';
import { postgresSchema } from '../../src/connectors/postgres/config.ts';
import { s3Schema } from '../../src/connectors/s3/config.ts';

const request = { connector: 'postgres', profile: 'default', environment: {}, file: null };
const explained = (overrides: Record<string, unknown>) =>
  Object.fromEntries(explainProfile(postgresSchema, { ...request, overrides }).map(({ path, value }) => [path, value]));

describe('the settings of a profile, explained', () => {
  it('mask a secret of any length entirely: no first or last characters, and not how long it is', () => {
    for (const length of [1, 7, 8, 9, 40, 4_000]) {
      assert.equal(explained({ password: 'x'.repeat(length) })['password'], '***', `${length}`);
    }
  });

  it('know every setting that holds a secret', () => {
    const secrets = [postgresSchema, s3Schema, adls2Schema].flatMap((schema) =>
      settingsIn(schema).flatMap(({ path, isSecret }) => (isSecret ? [path] : [])),
    );
    assert.deepEqual(secrets, [
      'dsn',
      'password',
      'sslkey',
      'credentials.secretAccessKey',
      'credentials.sessionToken',
      'encryption.customerKey',
      ...['connectionString', 'accountKey', 'sasToken', 'clientSecret.clientSecret'],
    ]);
  });

  it('show a reference as it is, and nothing that stands around it', () => {
    const { dsn, password } = explained({ dsn: 'postgresql://u:secret://env/A@h/canary', password: 'secret://env/A' });
    assert.deepEqual([dsn, password], ['***', 'secret://env/A']);
  });

  it('show what does not fit where it is harmless, and else that there is something', () => {
    const { port, sslmode } = explained({ port: 'five', sslmode: 'canary/with+signs' });
    assert.deepEqual([port, sslmode], ['five', '***']);
  });

  it('are those of every profile that is named anywhere, the default first', () => {
    const file = { path: '/f', connectors: { postgres: { 'eu-west': {}, default: {} } } };
    const environment = {
      AUTO_WORKFLOW_CONNECTORS_POSTGRES_ASIA__HOST: 'x',
      AUTO_WORKFLOW_CONNECTORS_S3_B__REGION: 'x',
    };
    assert.deepEqual(namedProfiles('postgres', file, environment), ['default', 'asia', 'eu-west']);
  });
});
