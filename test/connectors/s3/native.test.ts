import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INDEX = new URL('../../../src/connectors/s3/index.ts', import.meta.url).href;

/** Runs a module in a process of its own, where the SDK is watched, or cannot be found. */
async function inChild(body: string, sdk: 'present' | 'missing'): Promise<unknown> {
  const script = `
    import { registerHooks } from 'node:module';
    let asked = 0;
    registerHooks({
      resolve(specifier, context, next) {
        if (!specifier.startsWith('@aws-sdk/')) return next(specifier, context);
        asked += 1;
        if (${sdk === 'present'}) return next(specifier, context);
        const message = "Cannot find package '" + specifier + "' imported from somewhere";
        throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
      },
    });
    const { s3ObjectSource } = await import(${JSON.stringify(INDEX)});
    ${body}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout);
}

describe('the AWS SDK', () => {
  it('is not loaded by importing the connector, nor by making a stream', async () => {
    const body = `
      s3ObjectSource({ bucket: 'bucket', key: 'key' });
      console.log(JSON.stringify(asked));`;
    assert.equal(await inChild(body, 'present'), 0);
  });

  it('is named with its install line when it is missing', async () => {
    const body = `
      try {
        for await (const chunk of s3ObjectSource({ bucket: 'bucket', key: 'key' })) chunk;
      } catch ({ name, code, message }) {
        console.log(JSON.stringify({ name, code, message }));
      }`;
    assert.deepEqual(await inChild(body, 'missing'), {
      name: 'ConfigError',
      code: 'PACKAGE_MISSING',
      message: 'this needs @aws-sdk/client-s3; install with: npm install @aws-sdk/client-s3',
    });
  });
});
