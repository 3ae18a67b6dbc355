import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { settingsFor, useS3Server } from '../../connectors/s3/support.ts';
import { describePostgres } from '../../support/postgres.ts';
import { outcomeOf } from '../../support/run.ts';
import type { Finished } from '../../support/run.ts';
import { PASSWORD, SECRET_KEY, SESSION_TOKEN, SIGNATURE, VALUE } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import type { UnheardSettings } from './processes/unheard.ts';
import { useKeeper } from './role.ts';

const SECRETS = { secretAccessKey: SECRET_KEY, sessionToken: SESSION_TOKEN };
const MAIN = path.join(import.meta.dirname, '../../../src/cli/main.ts');
const UNHEARD = path.join(import.meta.dirname, 'processes/unheard.ts');

/** What a process says in the end, and the word that proves how it ended. */
const UNHEARD_WAYS: readonly (readonly [way: UnheardSettings['way'], said: RegExp, options?: string])[] = [
  ['a rejection', /BAD_ROW/],
  ['a rejection', /UnhandledPromiseRejectionWarning[^]*a row does not/, '--unhandled-rejections=warn'],
  ['an error event', /BAD_ROW/],
  ['an error event', /BAD_ROW/, '--trace-uncaught --enable-source-maps'],
  ['a rejection of S3', /NOT_FOUND/],
  ['an error event of S3', /NOT_FOUND/],
  ['settings that are wrong', /CONFIG_INVALID/],
  ['an exception of S3', /CONFIG_INVALID/],
  ['a log', /BAD_ROW/],
  ['a log of clients', /CLIENTS/],
];

describePostgres('no secret and no row is in what a process says', (context) => {
  const keeper = useKeeper(context);
  const servers = useS3Server(SECRETS);
  let folder: string;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-canary-'));
    await context().sql('CREATE TABLE t (a int, b text)');
  });
  after(() => rmSync(folder, { recursive: true }));

  const silent = (finished: Finished): Finished => {
    assertNoCanary(`${finished.stdout}\n${finished.stderr}`);
    return finished;
  };

  it('that nobody listens to, in ten ways', () => assert.equal(UNHEARD_WAYS.length, 10));
  for (const [way, said, options = ''] of UNHEARD_WAYS) {
    it(`that ends with ${way} ${options}`, async () => {
      const { s3 } = servers;
      const settings = { way, dsn: keeper().dsn, row: VALUE, store: { ...settingsFor(s3) } };
      const { status, stderr } = silent(
        await outcomeOf(process.execPath, [...options.split(' ').filter(Boolean), UNHEARD, JSON.stringify(settings)], {
          cwd: folder,
        }),
      );
      assert.match(stderr, said);
      assert.equal(status === 0, way === 'a log' || options.includes('warn'), stderr);
    }).timeout(30_000);
  }

  describe('called sluice doctor', () => {
    const doctor = async (connectors: object, args: string[] = [], env: Record<string, string> = {}) => {
      writeFileSync(path.join(folder, 'sluice.config.json'), JSON.stringify({ connectors }));
      const { PATH = '' } = process.env;
      return silent(
        await outcomeOf(process.execPath, [MAIN, 'doctor', ...args], { cwd: folder, env: { PATH, ...env } }),
      );
    };
    const parts = (): object => {
      const { hostname: host, port, pathname } = new URL(keeper().dsn);
      return { host, port, database: pathname.slice(1), user: 'keeper', password: PASSWORD, sslmode: 'disable' };
    };
    const profiles = (): object => {
      const [dsn, store] = [keeper().dsn, settingsFor(servers.s3)];
      const wrong = { ...store.credentials, secretAccessKey: `${SECRET_KEY}-wrong` };
      return {
        postgres: {
          dsn: { dsn },
          parts: parts(),
          reference: { ...parts(), password: 'secret://env/KEEPER' },
          inside: { dsn: dsn.replace(/:[^:@]+@/, ':secret://env/KEEPER@') },
          refused: { ...parts(), password: `${PASSWORD}-wrong` },
          elsewhere: { ...parts(), host: `postgresql://keeper:${PASSWORD}@h/x` },
          misspelt: { ...parts(), passwort: PASSWORD, port: PASSWORD },
          misplaced: { ...parts(), applicationName: `password=${PASSWORD}`, sslmode: PASSWORD },
          group: { ...parts(), pool: PASSWORD },
          broken: { dsn: `postgresql://keeper:${PASSWORD}@h:x/y` },
          unknown: { dsn: `${dsn}&passwort=x` },
          nobody: { ...parts(), port: 1 },
        },
        s3: {
          good: store,
          refused: { ...store, credentials: wrong },
          misspelt: { ...store, credentials: { ...wrong, secret: SECRET_KEY } },
          elsewhere: { ...store, endpointUrl: `http://a:${SECRET_KEY}@h` },
          group: { ...store, credentials: SECRET_KEY },
        },
      };
    };
    const env = { KEEPER: PASSWORD, AUTO_WORKFLOW_CONNECTORS_POSTGRES_BAD__JSON: `{"password":"${PASSWORD}"` };

    it('of profiles that are right, and of ones that are wrong in every place', async () => {
      const { stdout, status } = await doctor(profiles(), [], env);
      const codes = [...stdout.matchAll(/^ {2}(ok|[A-Z_]+): /gm)].map(([, code]) => code);
      const count = (code: string): number => codes.filter((each) => each === code).length;
      assert.deepEqual(
        [status, codes.length, count('ok'), count('AUTH_FAILED'), count('CONFIG_INVALID')],
        [1, 18, 5, 2, 9],
        stdout,
      );
    });

    it('as JSON', async () => {
      const { stdout } = await doctor(profiles(), ['--json'], env);
      assert.equal((JSON.parse(stdout) as unknown[]).length, 18);
    });

    it('that is called wrongly', async () => {
      for (const [args, said] of [
        [[`postgresql://keeper:${PASSWORD}@h/x`], /no connector/],
        [[SECRET_KEY], /no connector/],
        [[SIGNATURE], /no connector/],
        [['postgres', `--password=${PASSWORD}`], /unknown option/],
        [[`--${SECRET_KEY}`], /unknown option/],
        [[`s3/${SESSION_TOKEN}`], /CONFIG_INVALID/],
      ] as const) {
        const { stdout, stderr, status } = await doctor({}, [...args]);
        assert.notEqual(status, 0);
        assert.match(stdout + stderr, said);
      }
    });

    it('whose config file cannot be read', async () => {
      for (const [name, text] of [
        ['sluice.config.yaml', `connectors: { postgres: { default: { password: "${PASSWORD}`],
        ['sluice.config.toml', `connectors.postgres.default.password = "${PASSWORD}`],
        ['sluice.config.mjs', `export default { password: '${PASSWORD}' } oops`],
        ['sluice.config.json', `{"password": "${PASSWORD}" "x": 1}`],
      ] as const) {
        const own = mkdtempSync(path.join(folder, 'own-'));
        writeFileSync(path.join(own, name), text);
        const { stderr, status } = silent(
          await outcomeOf(process.execPath, [MAIN, 'doctor'], { cwd: own, env: { PATH: process.env['PATH'] ?? '' } }),
        );
        assert.equal(status, 2);
        assert.match(stderr, /cannot be read/);
      }
    });
  });
});
