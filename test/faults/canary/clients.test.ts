import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { setSecretsProvider, staticSecrets } from '../../../src/config/secrets.ts';
import { pgCopyFrom, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import type { PostgresClient } from '../../../src/connectors/postgres/index.ts';
import { adls2, connectors, postgres, s3 } from '../../../src/connectors/registry.ts';
import { s3ObjectSink, s3ObjectSource } from '../../../src/connectors/s3/index.ts';
import type { S3Client } from '../../../src/connectors/s3/index.ts';
import type { Adls2Client } from '../../../src/connectors/adls2/index.ts';
import { refusal, startAccount } from '../../connectors/adls2/account.ts';
import type { Account } from '../../connectors/adls2/account.ts';
import { BUCKET, settingsFor, useS3Server } from '../../connectors/s3/support.ts';
import { chunked, collect } from '../../support/bytes.ts';
import { rejection } from '../../support/faults.ts';
import { describePostgres } from '../../support/postgres.ts';
import { ACCOUNT_KEY, PASSWORD, SAS, SECRET_KEY, SESSION_TOKEN, VALUE } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import { hearing } from './hearing.ts';
import type { Ear } from './hearing.ts';
import { useKeeper } from './role.ts';

/** What a client is brought through, and how often it must have failed by then. */
interface Life {
  readonly name: string;
  readonly failures: number;
  live(ear: Ear): Promise<void>;
}

/** Every way to ask, with values that the server refuses and quotes. */
const failing = (client: PostgresClient): readonly (() => Promise<unknown>)[] => [
  () => client.query('SELECT $1::int', [VALUE]),
  () => client.query(`SELECT '${VALUE}'::int`),
  () => client.queryValue('SELECT :v::uuid', { v: VALUE }),
  () => client.execute('INSERT INTO t (a) VALUES (:v)', { v: VALUE }),
  () => client.executeMany('INSERT INTO t (a) VALUES ($1)', [[1], [VALUE]]),
  () => client.transaction((tx) => tx.query('SELECT $1::int', [VALUE])),
  () => client.transaction((tx) => tx.copyFrom('t', `${VALUE},x\n`)),
  () => client.copyFrom('t', `${VALUE},${VALUE}\n`),
  () => client.queryRows('SELECT $1::int', [VALUE]).toArray(),
];

/** Every way to ask of a client of S3, about a bucket that is not there. */
const failingCalls = (client: S3Client): readonly (() => Promise<unknown>)[] => [
  () => client.putObject('nowhere', 'k', VALUE),
  () => client.uploadFile(import.meta.filename, 'nowhere', 'k'),
  () => client.downloadFile('nowhere', 'k', import.meta.filename),
  () => client.headObject('nowhere', 'k'),
  () => client.deleteObject('nowhere', 'k'),
  () => client.deletePrefix('nowhere', 'k'),
  () => client.listObjects('nowhere').next(),
  () => client.sweepUploads({ bucket: 'nowhere', olderThan: 0 }),
];

/** Every way to ask of a client of ADLS. */
const failingPaths = (client: Adls2Client): readonly (() => Promise<unknown>)[] => [
  () => client.uploadBytes('nowhere', 'k', VALUE),
  () => client.uploadFile(import.meta.filename, 'nowhere', 'k'),
  () => client.downloadBytes('nowhere', 'k'),
  () => client.downloadFile('nowhere', 'k', import.meta.filename),
  () => client.exists('nowhere', 'k'),
  () => client.deletePath('nowhere', 'k', { recursive: true }),
  () => client.rename('nowhere', 'k', 'l'),
  () => client.makeDirs('nowhere', 'k'),
  () => client.createContainer('nowhere'),
  () => client.listPaths('nowhere').next(),
  () => client.sweepTemporary('nowhere', { olderThan: 0 }),
];

const sas = `sv=2026-01-01&ss=b&srt=s&sp=rl&sig=${encodeURIComponent(SAS)}`;
const accountKey = Buffer.from(ACCOUNT_KEY).toString('base64');

// What `rawPool()` and `native()` give is the vendor's: what it shows of itself is not ours to hide.
describePostgres('no secret is in a client', (context) => {
  const keeper = useKeeper(context);
  const servers = useS3Server({ secretAccessKey: SECRET_KEY, sessionToken: SESSION_TOKEN });
  before(() => context().sql('CREATE TABLE t (a int, b text)'));
  before(() =>
    setSecretsProvider('canaries', staticSecrets({ password: PASSWORD, key: SECRET_KEY, token: SESSION_TOKEN, sas })),
  );
  after(() => setSecretsProvider('canaries', undefined));
  afterEach(() => connectors.reset());
  let account: Account;
  before(async () => (account = Object.assign(await startAccount(), { accountKey, sas })));
  after(() => account[Symbol.asyncDispose]());

  const parts = () => {
    const { hostname: host, port, pathname } = new URL(keeper().dsn);
    return { host, port, database: pathname.slice(1), user: 'keeper', password: PASSWORD, sslmode: 'disable' };
  };
  const store = () => settingsFor(servers.s3);
  const keys = { secretAccessKey: 'secret://canaries/key', sessionToken: 'secret://canaries/token' };

  const ofPostgres = (name: string, config: () => Record<string, unknown>): Life => ({
    name: `of Postgres, by ${name}`,
    failures: 11,
    async live(ear) {
      const client = postgres.client('default', config());
      ear.hear(client);
      await client.ping();
      await client.rawPool();
      ear.hear(client);
      const row = Buffer.from(`${VALUE},${VALUE}\n`);
      ear.hear(await rejection(pipeline(chunked(row), ear.watch(pgCopyFrom({ table: 't', client })))));
      await collect(ear.watch(pgCopyTo({ table: 't', client })));
      for (const call of failing(client)) ear.hear(await rejection(call()), client);
      await client.close();
      ear.hear(client, connectors, await rejection(client.ping()));
    },
  });
  const ofS3 = (name: string, config: () => Record<string, unknown>): Life => ({
    name: `of S3, by ${name}`,
    failures: 9,
    async live(ear) {
      const client = s3.client('default', config());
      ear.hear(client);
      await client.ping();
      await client.native();
      ear.hear(client);
      await pipeline(chunked(Buffer.from(VALUE)), ear.watch(s3ObjectSink({ bucket: BUCKET, key: 'k', client })));
      await collect(ear.watch(s3ObjectSource({ bucket: BUCKET, key: 'k', client })));
      ear.hear(await rejection(collect(ear.watch(s3ObjectSource({ bucket: BUCKET, key: 'nowhere', client })))));
      await client.presign(BUCKET, 'k', { method: 'put' });
      for (const asked of failingCalls(client)) ear.hear(await rejection(asked()), client);
      await client.close();
      ear.hear(client, connectors, await rejection(client.ping()));
    },
  });
  const ofAdls = (name: string, config: () => Record<string, unknown>): Life => ({
    name: `of ADLS, by ${name}`,
    failures: 13,
    async live(ear) {
      const client = adls2.client('default', config());
      ear.hear(client);
      await client.ping();
      await client.dataLakeServiceClient();
      ear.hear(client);
      // Its answer repeats what the request was authorized by.
      account.answer = refusal(403, 'AuthenticationFailed');
      ear.hear(await rejection(client.ping()));
      for (const asked of failingPaths(client)) ear.hear(await rejection(asked()), client);
      account.answer = undefined;
      await client.close();
      ear.hear(client, connectors, await rejection(client.ping()));
    },
  });
  const refused = (name: string, make: () => { ping(): Promise<number> }): Life => ({
    name: `that is refused: ${name}`,
    failures: 2,
    async live(ear) {
      const client = make();
      ear.hear(await rejection(client.ping()), client);
      ear.hear(await rejection(client.ping()), client);
    },
  });

  const lives: readonly Life[] = [
    ofPostgres('a DSN', () => ({ dsn: keeper().dsn })),
    ofPostgres('its parts', parts),
    ofPostgres('a reference', () => ({ ...parts(), password: 'secret://canaries/password' })),
    ofPostgres('a reference in a DSN', () => ({
      dsn: keeper().dsn.replace(/:[^:@]+@/, ':secret://canaries/password@'),
    })),
    ofPostgres('a function', () => ({ ...parts(), password: () => PASSWORD })),
    ofS3('its keys', store),
    ofS3('references', () => ({ ...store(), credentials: { accessKeyId: servers.s3.accessKeyId, ...keys } })),
    ofAdls('a key', () => ({ accountUrl: account.url, accountKey })),
    ofAdls('a signature', () => ({ accountUrl: account.url, sasToken: sas })),
    ofAdls('a reference', () => ({ accountUrl: account.url, sasToken: 'secret://canaries/sas' })),
    ofAdls('a connection string', () => ({
      connectionString: `BlobEndpoint=${account.url};SharedAccessSignature=${sas}`,
    })),
    refused('a misplaced signature', () => adls2.client('default', { accountUrl: `${account.url}?${sas}` })),
    refused('a connection string without an account', () =>
      adls2.client('default', { connectionString: `AccountKey=${accountKey};SharedAccessSignature=${sas}` }),
    ),
    refused('a wrong password', () => postgres.client('default', { ...parts(), password: `${PASSWORD}!` })),
    refused('a wrong password in a DSN', () =>
      postgres.client('default', { dsn: keeper().dsn.replace('keeper:', 'keeper:x') }),
    ),
    refused('a broken DSN', () => postgres.client('default', { dsn: `postgresql://keeper:${PASSWORD}@h/x` })),
    refused('a misspelt setting', () => postgres.client('default', { ...parts(), pasword: PASSWORD })),
    refused('nobody there', () => postgres.client('default', { ...parts(), port: 1 })),
    refused('a secret that is not there', () =>
      postgres.client('default', { ...parts(), password: 'secret://canaries/nothing' }),
    ),
    refused('a wrong key', () =>
      s3.client('default', {
        ...store(),
        credentials: { ...keys, accessKeyId: servers.s3.accessKeyId, secretAccessKey: `${SECRET_KEY}!` },
      }),
    ),
    refused('a misplaced key', () => s3.client('default', { ...store(), endpointUrl: `http://a:${SECRET_KEY}@h` })),
    refused('no store there', () => s3.client('default', { ...store(), endpointUrl: 'http://127.0.0.1:1' })),
  ];

  it('in twenty-two lives', () => assert.equal(lives.length, 22));

  for (const { name, failures, live } of lives) {
    it(name, async () => {
      const heard = await hearing(live);
      assert.ok(heard.errors >= failures, `${heard.errors} errors`);
      assertNoCanary(heard.text);
      assert.doesNotMatch(heard.text, /X-Amz-Signature/);
    });
  }
});
