import assert from 'node:assert/strict';
import { runNode } from '../../support/run.ts';

const REGISTRY = new URL('../../../src/connectors/registry.ts', import.meta.url).href;
const KEYED = { accountUrl: 'http://127.0.0.1:1/lake', accountKey: 'aaaa' };
const CHAINED = { accountUrl: 'https://127.0.0.1:1/lake' };

/** Runs a module in a process of its own, where the SDK is watched, or a part of it cannot be found. */
async function inChild(body: string, missing = 'none'): Promise<unknown> {
  const script = `
    import { registerHooks } from 'node:module';
    let asked = 0;
    registerHooks({
      resolve(specifier, context, next) {
        if (!specifier.startsWith('@azure/')) return next(specifier, context);
        asked += 1;
        if (specifier !== ${JSON.stringify(missing)}) return next(specifier, context);
        const message = "Cannot find package '" + specifier + "' imported from somewhere";
        throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
      },
    });
    const { adls2 } = await import(${JSON.stringify(REGISTRY)});
    ${body}`;
  const { stdout } = await runNode(['--input-type=module', '--eval', script], { cwd: import.meta.dirname });
  return JSON.parse(stdout);
}

const failure = (config: object): string => `
  await adls2.client('default', ${JSON.stringify(config)}).dataLakeServiceClient().catch(({ name, code, message }) => {
    console.log(JSON.stringify({ name, code, message }));
  });`;

describe('the Azure SDK', function () {
  // A process for each test, which loads an SDK.
  this.timeout(20_000);

  it('is not loaded by importing the connector, nor by making a client', async () => {
    const body = `adls2.client('default', ${JSON.stringify(KEYED)}); console.log(asked);`;
    assert.equal(await inChild(body), 0);
  });

  it('is loaded without the package of identities where a key needs none', async () => {
    const body = `
      const { url } = await adls2.client('default', ${JSON.stringify(KEYED)}).dataLakeServiceClient();
      console.log(JSON.stringify(url));`;
    assert.equal(await inChild(body, '@azure/identity'), KEYED.accountUrl);
  });

  for (const [missing, config, packages] of [
    ['@azure/storage-file-datalake', KEYED, ['@azure/storage-file-datalake']],
    ['@azure/storage-file-datalake', CHAINED, ['@azure/storage-file-datalake', '@azure/identity']],
    ['@azure/identity', CHAINED, ['@azure/storage-file-datalake', '@azure/identity']],
  ] as const) {
    it(`is named with its install line when ${missing} is missing, of ${packages.length} that are needed`, async () => {
      assert.deepEqual(await inChild(failure(config), missing), {
        name: 'ConfigError',
        code: 'PACKAGE_MISSING',
        message: `this needs ${packages.join(' and ')}; install with: npm install ${packages.join(' ')}`,
      });
    });
  }
});
