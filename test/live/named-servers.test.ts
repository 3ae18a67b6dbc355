import assert from 'node:assert/strict';
import path from 'node:path';
import { connectionConfig, postgresProfile } from '../../src/connectors/postgres/config.ts';
import { rejection } from '../support/faults.ts';
import { runNode } from '../support/run.ts';
import { namedServers } from './named-servers.ts';

const MAIN = path.join(import.meta.dirname, 'main.ts');
const SECRET = 'p@ss:w/rd?&#%';
/** Whatever the machine's own environment names, nothing is. */
const NOTHING = {
  ...{ PG_INTEGRATION_DSN: '', PG_HOST: '', PG_PORT: '', PG_USER: '', PG_PASSWORD: '', PG_DATABASE: '', PG_DB: '' },
  ...{
    S3_TEST_BUCKET: '',
    AWS_ENDPOINT_URL: '',
    AWS_ENDPOINT_URL_S3: '',
    ADLS_TEST_CONNECTION_STRING: '',
    ADLS_TEST_CONTAINER: '',
  },
};

/** What `npm run test:live` says, and that it fails. */
async function refusalOf(env: Readonly<Record<string, string>>): Promise<string> {
  const { message } = await rejection(runNode([MAIN], { cwd: process.cwd(), env: { ...NOTHING, ...env } }));
  return message;
}

describe('the live suite', () => {
  it('fails, and says what it needs, when no server is named', async () => {
    const said = await refusalOf({});
    assert.match(said, /ended with 2\n/);
    assert.match(said, /was not given any that it can use/);
    assert.match(said, /Postgres: not named \(set PG_INTEGRATION_DSN/);
    assert.match(said, /S3: not named \(set S3_TEST_BUCKET/);
  });

  it('tests nothing while a server is named by halves, and says which', async () => {
    const said = await refusalOf({ S3_TEST_BUCKET: 'bucket', PG_USER: 'me' });
    assert.match(said, /ended with 2\n/);
    assert.match(said, /PG_HOST is not/);
  });

  it('fails, without the password, when the server that is named does not answer', async () => {
    const said = await refusalOf({ PG_INTEGRATION_DSN: 'postgresql://me:very-secret@127.0.0.1:1/db?sslmode=disable' });
    assert.match(said, /ended with 1\n/);
    assert.match(said, /cannot use what it was given: .*ECONNREFUSED/);
    assert.ok(!said.includes('very-secret'));
  });

  it('takes a Postgres server by its DSN, or by its parts, whatever they hold', () => {
    const parts = { PG_HOST: '::1', PG_PORT: '5433', PG_USER: 'me & you', PG_PASSWORD: SECRET, PG_DB: 'a/b c' };
    const { postgres, mistakes } = namedServers({ ...parts, PG_SSLMODE: 'disable' });
    const { settings } = postgresProfile('default', { dsn: postgres?.dsn ?? '' });
    const { hosts, user, password, database, sslmode } = connectionConfig(settings, 'default');
    assert.deepEqual(
      { ...hosts[0], user, password, database, sslmode, mistakes },
      {
        ...{ host: '::1', port: 5_433, user: 'me & you', password: SECRET, database: 'a/b c', sslmode: 'disable' },
        mistakes: [],
      },
    );
    assert.equal(postgres?.encrypted, false);
    assert.ok(!JSON.stringify(postgres.title).includes(SECRET));
    const dsn = 'postgresql://other@elsewhere/db';
    assert.equal(namedServers({ ...parts, PG_INTEGRATION_DSN: dsn }).postgres?.dsn, dsn);
  });

  it('takes an S3 service by its bucket, and AWS where no endpoint is named', () => {
    const local = namedServers({
      S3_TEST_BUCKET: 'b',
      AWS_ENDPOINT_URL: 'http://localhost:7070',
      AWS_REGION: 'eu-west-1',
    });
    const { endpointUrl, region } = local.s3 ?? {};
    assert.deepEqual([endpointUrl, region, local.mistakes], ['http://localhost:7070', 'eu-west-1', []]);
    assert.match(namedServers({ S3_TEST_BUCKET: 'b' }).s3?.title ?? '', /^b at AWS/);
    assert.equal(namedServers({ AWS_ENDPOINT_URL: 'http://localhost:7070' }).mistakes.length, 1);
    assert.equal(namedServers({ S3_TEST_BUCKET: 'b', AWS_ENDPOINT_URL: 'localhost' }).mistakes.length, 1);
  });

  it('takes an account of Azure Data Lake by its connection string and a container, and shows no key', () => {
    const ADLS_TEST_CONNECTION_STRING = 'AccountName=lake;AccountKey=very-secret;EndpointSuffix=core.windows.net';
    const { adls, mistakes } = namedServers({ ADLS_TEST_CONNECTION_STRING, ADLS_TEST_CONTAINER: 'tests' });
    assert.deepEqual([adls?.container, adls?.title, mistakes], ['tests', 'tests of lake', []]);
    for (const half of [{ ADLS_TEST_CONNECTION_STRING }, { ADLS_TEST_CONTAINER: 'tests' }]) {
      const [mistake = '', ...more] = namedServers(half).mistakes;
      assert.match(mistake, /ADLS_TEST_/);
      assert.ok(more.length === 0 && !mistake.includes('very-secret'));
    }
  });

  it('names all that it leaves out, a data lake among it', () => {
    const { untested } = namedServers({ S3_TEST_BUCKET: 'b' });
    assert.equal(untested.length, 3);
    for (const [n, what] of ['Postgres: not named', 'needs both', 'Azure Data Lake: not named'].entries()) {
      assert.ok(untested[n]?.includes(what), untested[n]);
    }
  });
});
