import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INDEX = new URL('../../../src/index.ts', import.meta.url).href;

/** Runs a module in a process of its own, where the SDK is watched, and one of its packages cannot be found. */
async function inChild(body: string, missing = ''): Promise<unknown> {
  const script = `
    import { registerHooks } from 'node:module';
    let asked = 0;
    registerHooks({
      resolve(specifier, context, next) {
        if (!specifier.startsWith('@aws-sdk/')) return next(specifier, context);
        asked += 1;
        if (specifier !== ${JSON.stringify(missing)}) return next(specifier, context);
        const message = "Cannot find package '" + specifier + "' imported from somewhere";
        throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
      },
    });
    const { s3ObjectSource, s3 } = await import(${JSON.stringify(INDEX)});
    ${body}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout);
}

describe('the AWS SDK', () => {
  it('is not loaded by importing the connector, nor by making a stream', async () => {
    const body = `
      s3ObjectSource({ bucket: 'bucket', key: 'key' });
      console.log(JSON.stringify(asked));`;
    assert.equal(await inChild(body), 0);
  });

  for (const [missing, what] of [
    ['@aws-sdk/client-s3', "s3ObjectSource({ bucket: 'bucket', key: 'key' }).toArray()"],
    ['@aws-sdk/s3-request-presigner', "s3.client().presign('bucket', 'key')"],
    ['@aws-sdk/lib-storage', "s3.client().upload({ Bucket: 'bucket', Key: 'key', Body: 'bytes' })"],
  ] as const) {
    it(`is named with its install line when ${missing} is missing`, async () => {
      const body = `
        await ${what}.catch(({ name, code, message }) => console.log(JSON.stringify({ name, code, message })));`;
      assert.deepEqual(await inChild(body, missing), {
        name: 'ConfigError',
        code: 'PACKAGE_MISSING',
        message: `this needs ${missing}; install with: npm install ${missing}`,
      });
    });
  }
});
