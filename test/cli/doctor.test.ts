import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../src/testing/postgres/index.ts';
import { startS3Server } from '../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../src/testing/s3-server/index.ts';
import { ACCOUNT_KEY, SAS, startAccount } from '../connectors/adls2/account.ts';
import type { Account } from '../connectors/adls2/account.ts';
import { STARTING_MS } from '../support/postgres.ts';
import { outcomeOf } from '../support/run.ts';

const MAIN = path.join(import.meta.dirname, '../../src/cli/main.ts');

describe('sluice doctor', function () {
  // A process for each test, which loads an SDK.
  this.timeout(20_000);
  let server: TestPostgres;
  let s3: S3Server;
  let account: Account;
  let folder: string;
  before(async function () {
    this.timeout(STARTING_MS);
    [server, s3, account] = await Promise.all([
      startPostgres(),
      startS3Server({ accessKeyId: 'id', secretAccessKey: 'canary/key' }),
      startAccount(),
    ]);
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-doctor-'));
  });
  after(async () => {
    await Promise.all([server.close(), s3.close(), account[Symbol.asyncDispose]()]);
    rmSync(folder, { recursive: true });
  });

  const { PATH = '' } = process.env;
  const run = async (config: object, args: string[] = [], env: Record<string, string> = {}) => {
    writeFileSync(path.join(folder, 'sluice.config.json'), JSON.stringify({ connectors: config }));
    const shown = await outcomeOf(process.execPath, [MAIN, 'doctor', ...args], { cwd: folder, env: { PATH, ...env } });
    for (const secret of ['canary', ACCOUNT_KEY]) {
      assert.ok(!`${shown.stdout}${shown.stderr}`.includes(secret), shown.stdout);
    }
    assert.ok(!`${shown.stdout}${shown.stderr}`.includes(server.password), shown.stdout);
    return shown;
  };
  const store = (secretAccessKey = 'canary/key'): object => ({
    endpointUrl: s3.endpoint,
    region: s3.region,
    credentials: { accessKeyId: 'id', secretAccessKey },
  });

  it('shows where each setting comes from, without secrets, and that every profile answers', async () => {
    const url = new URL(server.dsn);
    const dsn = `postgresql://${url.username}:secret://env/PG_PASSWORD@${url.host}${url.pathname}?sslmode=disable`;
    const { stdout, status } = await run(
      { postgres: { analytics: { dsn } }, s3: { default: { ...store(), preset: 'minio' } } },
      [],
      {
        PG_PASSWORD: decodeURIComponent(url.password),
        AUTO_WORKFLOW_CONNECTORS_POSTGRES_ANALYTICS__POOL__MAX_SIZE: '3',
        AUTO_WORKFLOW_CONNECTORS_S3_DEFAULT__CREDENTIALS__ACCESS_KEY_ID: 'id',
      },
    );
    assert.equal(status, 0, stdout);
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ {2,}/g, '  '));
    for (const line of [
      'postgres/analytics',
      `dsn: ***  ${path.join(folder, 'sluice.config.json')}`,
      'pool.maxSize: 3  AUTO_WORKFLOW_CONNECTORS_POSTGRES_ANALYTICS__POOL__MAX_SIZE',
      'pool.minSize: 1  default',
      's3/default',
      'credentials.accessKeyId: id  AUTO_WORKFLOW_CONNECTORS_S3_DEFAULT__CREDENTIALS__ACCESS_KEY_ID',
      `credentials.secretAccessKey: ***  ${path.join(folder, 'sluice.config.json')}`,
      'transfer.partSize: 8MiB  default',
      'transfer.checksum: crc32-composite  preset minio',
    ]) {
      assert.ok(lines.includes(line), `${line}\n${stdout}`);
    }
    assert.equal(lines.filter((line) => /^ok: answers in \d+ ms$/.test(line)).length, 2);
    assert.ok(!stdout.includes('assumeRole'));
  });

  it('says in a line what is wrong, and in another how to mend it', async () => {
    const url = new URL(server.dsn);
    url.password = 'canary-wrong';
    const { stdout, status } = await run({
      postgres: {
        refused: { dsn: url.href },
        nobody: { dsn: 'postgresql://u:canary@127.0.0.1:1/d?sslmode=disable' },
        misspelt: { hots: 'canary' },
        missing: { dsn: 'postgresql://u:secret://env/NO_SUCH_SECRET@h/d' },
      },
      s3: { refused: store('canary/wrong') },
    });
    assert.equal(status, 1);
    for (const line of [
      /^ {2}AUTH_FAILED: .*28P01/m,
      /^ {2}to mend it: check user, password, keys or identity/m,
      /^ {2}CONNECTION_FAILED: .*ECONNREFUSED/m,
      /^ {2}CONFIG_INVALID: .*unknown key "hots"; did you mean "host"\?/m,
      /^ {2}SECRET_MISSING: .*secret:\/\/env\/NO_SUCH_SECRET is not there/m,
      /^ {2}AUTH_FAILED: .*SignatureDoesNotMatch/m,
    ]) {
      assert.match(stdout, line);
    }
  });

  it('says of an account of ADLS Gen2 what it says of any: settings, answer, remedy', async () => {
    const { stdout, status } = await run(
      {
        adls2: {
          default: { accountUrl: account.url },
          signed: { accountUrl: account.url, sasToken: SAS },
          refused: { accountUrl: account.url, accountKey: Buffer.from('canary').toString('base64') },
          both: { accountUrl: account.url, accountKey: ACCOUNT_KEY, sasToken: SAS },
          nobody: { accountUrl: account.url, useDefaultCredentials: false },
        },
      },
      ['adls2'],
      { AUTO_WORKFLOW_CONNECTORS_ADLS2_DEFAULT__ACCOUNT_KEY: 'secret://env/LAKE_KEY', LAKE_KEY: ACCOUNT_KEY },
    );
    assert.equal(status, 1, stdout);
    assert.equal(stdout.match(/^ {2}ok: answers in \d+ ms$/gm)?.length, 2, stdout);
    for (const line of [
      /^ {2}accountKey: secret:\/\/env\/LAKE_KEY +AUTO_WORKFLOW_CONNECTORS_ADLS2_DEFAULT__ACCOUNT_KEY$/m,
      /^ {2}sasToken: \*\*\* /m,
      /^ {2}transfer\.partSize: 4MiB +default$/m,
      /^ {2}AUTH_FAILED: ADLS answered 403 AuthenticationFailed\n {2}to mend it: check user, password, keys or identity/m,
      /^ {2}CONFIG_INVALID: .*sasToken: stands for other credentials than accountKey; set one of both \(.*sluice\.config/m,
      /^ {2}CONFIG_INVALID: .*useDefaultCredentials: is false/m,
    ]) {
      assert.match(stdout, line);
    }
  });

  it('examines what it is asked for, and tells machines in JSON', async () => {
    const config = { postgres: { default: { dsn: server.dsn } }, s3: { a: store(), 'b-c': store('canary/wrong') } };
    const { stdout } = await run(config, ['s3/a', 'postgres', '--json']);
    const findings = JSON.parse(stdout) as { connector: string; profile: string; ms?: number; settings: object[] }[];
    assert.deepEqual(
      findings.map(({ connector, profile, ms = -1, settings }) => [connector, profile, ms >= 0, settings.length > 10]),
      [
        ['s3', 'a', true, true],
        ['postgres', 'default', true, true],
      ],
    );
  });

  it('says when nothing is configured, and which connectors there are', async () => {
    const none = await run({});
    assert.deepEqual([none.status, none.stdout.includes('No profile is configured')], [0, true]);
    const wrong = await run({}, ['mysql/x']);
    assert.deepEqual(
      [wrong.status, wrong.stderr],
      [2, "sluice: no connector is called 'mysql'; there are postgres, s3, adls2\n"],
    );
  });
});
