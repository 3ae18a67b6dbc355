import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setSecretsProvider, staticSecrets, withSecrets } from '../../src/config/secrets.ts';
import { assertSilent, rejection } from '../support/faults.ts';

const SECRETS = { word: 'p@ss:w/rd?#%', plain: 'abc', 'kv/db/pw-1': 'deep' };

describe('a reference to a secret', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-secrets-'));
    writeFileSync(path.join(folder, 'word'), 'of the file \r\n');
    setSecretsProvider('vault', staticSecrets(SECRETS));
    process.env['SLUICE_TEST_SECRET'] = 'of the environment';
  });
  after(() => {
    rmSync(folder, { recursive: true });
    setSecretsProvider('vault', undefined);
    delete process.env['SLUICE_TEST_SECRET'];
  });
  const valueOf = async (value: unknown): Promise<unknown> => (await withSecrets({ value }))['value'];

  for (const [title, value, expected] of [
    ['is a whole value', 'secret://vault/word', 'p@ss:w/rd?#%'],
    ['has a name with slashes', 'secret://vault/kv/db/pw-1', 'deep'],
    ['names a variable', 'secret://env/SLUICE_TEST_SECRET', 'of the environment'],
    [
      'is percent-encoded where it lands in a URL',
      'postgresql://u:secret://vault/word@h:5432/db?sslmode=require',
      'postgresql://u:p%40ss%3Aw%2Frd%3F%23%25@h:5432/db?sslmode=require',
    ],
    [
      'of the environment ends where its name ends, even before a slash',
      'postgresql://secret://env/SLUICE_TEST_SECRET/db',
      'postgresql://of%20the%20environment/db',
    ],
    [
      'stands beside others',
      'postgresql://secret://vault/plain:secret://vault/word@h',
      'postgresql://abc:p%40ss%3Aw%2Frd%3F%23%25@h',
    ],
    [
      'is taken as it is in a text that is no URL',
      'AccountName=a;AccountKey=secret://vault/word;EndpointSuffix=x',
      'AccountName=a;AccountKey=p@ss:w/rd?#%;EndpointSuffix=x',
    ],
    ['is found in lists and groups', [{ a: 'secret://vault/plain' }, 'secret://vault/plain'], [{ a: 'abc' }, 'abc']],
  ] as const) {
    it(title, async () => assert.deepEqual(await valueOf(value), expected));
  }

  it('names a file by its absolute path, without its last newline', async () => {
    assert.equal(await valueOf(`secret://file${folder}/word`), 'of the file ');
  });

  it('leaves everything else as it is, and its argument unchanged', async () => {
    const password = (): string => 'x';
    const settings = { a: 1, b: 'secret', c: new Date(0), password, d: { e: 'secret://vault/plain' } };
    assert.deepEqual(await withSecrets(settings), { ...settings, d: { e: 'abc' } });
    assert.deepEqual(settings.d, { e: 'secret://vault/plain' });
  });

  for (const [title, reference, named] of [
    ['that is not there', 'secret://vault/nothing', /secret:\/\/vault\/nothing is not there/],
    ['to a variable that is not set', 'secret://env/SLUICE_NO_SUCH', /secret:\/\/env\/SLUICE_NO_SUCH is not there/],
    ['to a file that is not there', 'secret://file/no/such/file', /secret:\/\/file\/no\/such\/file is not there/],
    [
      'nobody resolves',
      'secret://nobody/x',
      /nobody resolves secret:\/\/nobody\/x: known schemes are env, file, vault/,
    ],
  ] as const) {
    it(`${title} is a ConfigError that names it`, async () => {
      const error = await rejection(valueOf(reference));
      assert.deepEqual([error.name, error['code']], ['ConfigError', 'SECRET_MISSING']);
      assert.match(error.message, named);
    });
  }

  it('without a name is refused', async () => {
    for (const value of ['secret://', 'secret://vault', 'x secret://vault/', 'secret:///x']) {
      assert.equal((await rejection(valueOf(value)))['code'], 'CONFIG_INVALID', value);
    }
  });

  it('whose provider fails, or gives no text, says so without what it said', async () => {
    setSecretsProvider('bad', (name) => {
      if (name === 'number') return 7_331 as unknown as string;
      throw new TypeError('canary');
    });
    const failed = await rejection(valueOf('secret://bad/x'));
    assert.match(failed.message, /the provider of secret:\/\/bad\/x failed \(TypeError\)/);
    assertSilent(failed, 'canary');
    const number = await rejection(valueOf('secret://bad/number'));
    assert.match(number.message, /is not a text/);
    assertSilent(number, '7331');
    setSecretsProvider('bad', undefined);
  });
});

describe('a provider of secrets', () => {
  it('may answer later, and may be replaced and brought back', async () => {
    setSecretsProvider('env', async (name) => Promise.resolve(`${name}!`));
    assert.deepEqual(await withSecrets({ a: 'secret://env/HOME' }), { a: 'HOME!' });
    setSecretsProvider('env', undefined);
    assert.deepEqual(await withSecrets({ a: 'secret://env/HOME' }), { a: process.env['HOME'] });
  });

  it('needs a scheme, and is a function', () => {
    for (const scheme of ['', 'A', 'a/b', 'a b']) {
      assert.throws(() => setSecretsProvider(scheme, () => ''), { code: 'CONFIG_INVALID' });
    }
    assert.throws(() => setSecretsProvider('x', {} as never), { code: 'CONFIG_INVALID' });
  });

  it('over fixed secrets knows no name that an object inherits', () => {
    assert.equal(staticSecrets({})('constructor'), undefined);
  });
});
