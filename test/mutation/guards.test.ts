import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { switchOff } from './guard.ts';
import { guards } from './guards/index.ts';

const root = path.join(import.meta.dirname, '../..');

describe('the table of guards', () => {
  it('has no name twice', () => {
    const names = guards.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  });

  it('switches nothing off twice', () => {
    const switches = guards.map(({ file, find, replace }) => JSON.stringify([file, find, replace]));
    const twice = guards.filter((_, index) => switches.indexOf(switches[index] ?? '') !== index);
    assert.deepEqual(
      twice.map(({ name }) => name),
      [],
    );
  });

  it('has names in kebab-case and a promise for each', () => {
    const odd = guards.filter(({ name, promise }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || promise.trim() === '');
    assert.deepEqual(odd, []);
  });

  for (const guard of guards) {
    it(`finds ${guard.name} once in its file, and what replaces it is TypeScript`, () => {
      const source = readFileSync(path.join(root, guard.file), 'utf8');
      const mutated = switchOff(guard, source);
      assert.notEqual(mutated, source);
      assert.doesNotThrow(() => stripTypeScriptTypes(mutated));
    });

    it(`names tests of ${guard.name} that are there`, () => {
      assert.notEqual(guard.tests.length, 0);
      for (const file of guard.tests) assert.ok(existsSync(path.join(root, file)), file);
      assert.doesNotThrow(() => new RegExp(guard.grep ?? ''));
    });
  }
});
