import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importPackage } from '../../src/core/optional-package.ts';
import { rejection } from '../support/faults.ts';

describe('an optional package', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-packages-'));
    const files = {
      'main.mjs': `export const absent = () => import('absent');
        export const scoped = () => import('@absent/client');
        export const below = () => import('absent/lib/inner.js');
        export const needy = () => import('needy');
        export const torn = () => import('torn');
        export const throwing = () => import('throwing');
        export const whole = () => import('whole');`,
      // Its name is that of the package asked for, and more.
      'node_modules/needy/index.js': `import 'needy-core';`,
      'node_modules/torn/index.js': `import './gone.js';`,
      'node_modules/throwing/index.js': `throw new RangeError('broken inside');`,
      'node_modules/whole/index.js': `export const answer = 42;`,
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    for (const name of ['needy', 'torn', 'throwing', 'whole']) {
      const manifest = JSON.stringify({ name, type: 'module', exports: './index.js' });
      await writeFile(join(folder, 'node_modules', name, 'package.json'), manifest);
    }
  });
  after(() => rm(folder, { recursive: true }));

  const load = async (name: string): Promise<unknown> => {
    const main = (await import(pathToFileURL(join(folder, 'main.mjs')).href)) as Record<string, () => Promise<unknown>>;
    return main[name]?.();
  };

  it('comes back as it is', async () => {
    assert.equal(((await importPackage(() => load('whole'), ['whole'])) as { answer: number }).answer, 42);
  });

  for (const [entry, packages] of [
    ['absent', ['absent']],
    ['below', ['absent']],
    ['scoped', ['@absent/client', 'other']],
  ] as const) {
    it(`that is missing is named, with the line that installs it (${entry})`, async () => {
      const error = await rejection(importPackage(() => load(entry), packages));
      assert.deepEqual([error.name, error['code'], error['stage']], ['ConfigError', 'PACKAGE_MISSING', 'configure']);
      assert.ok(error.message.endsWith(`npm install ${packages.join(' ')}`), error.message);
    });
  }

  for (const [entry, kind] of [
    ['needy', 'a package that it needs is missing'],
    ['torn', 'one of its own files is missing'],
    ['throwing', 'it throws'],
  ] as const) {
    it(`that is there does not count as missing when ${kind}`, async () => {
      const error = await rejection(importPackage(() => load(entry), [entry]));
      assert.notEqual(error['code'], 'PACKAGE_MISSING');
      assert.ok(
        ['ERR_MODULE_NOT_FOUND', undefined].includes(error['code'] as string | undefined),
        String(error['code']),
      );
    });
  }

  it('is recognised in the words of `require` too', async () => {
    const load = (): Promise<never> =>
      Promise.reject(Object.assign(new Error("Cannot find module 'pg'"), { code: 'MODULE_NOT_FOUND' }));
    await assert.rejects(importPackage(load, ['pg', 'pg-copy-streams']), { code: 'PACKAGE_MISSING' });
  });

  it('that breaks in words that name it, by another code or none, does not count as missing', async () => {
    const words = "Package subpath './x' is not defined by 'pg'";
    const failures = [
      Object.assign(new Error(words), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }),
      new Error(words),
      { message: words, code: 'MODULE_NOT_FOUND' },
    ];
    for (const failure of failures) {
      // Whatever a module throws.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      const load = (): Promise<never> => Promise.reject(failure);
      await assert.rejects(importPackage(load, ['pg']), (error) => error === failure);
    }
  });
});
