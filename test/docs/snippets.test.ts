import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { typeErrors } from '../support/run.ts';
import { asModule, snippetsBelow, snippetsOf } from './snippets.ts';
import type { Snippet } from './snippets.ts';

const checkout = path.join(import.meta.dirname, '../..');

/** What the compiler says about the blocks, each line beginning with `document.line-N.ts(line,column)`. */
async function errorsIn(snippets: readonly Snippet[]): Promise<string[]> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'sluice-snippets-')));
  try {
    symlinkSync(path.join(checkout, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = { types: ['node'], noUnusedLocals: false, noUnusedParameters: false };
    const config = { extends: path.join(checkout, 'tsconfig.json'), compilerOptions, include: ['snippets'] };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    for (const { file, text } of snippets.map(asModule)) {
      const target = path.join(folder, 'snippets', file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
    const said = await typeErrors(folder);
    // What src/ itself has wrong is the type check's to say.
    return said
      .split('\n')
      .filter((line) => line !== '' && !/^\.\.\/|^\s/.test(line))
      .map((line) => line.replace(/^snippets\//, ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the ts blocks of the documentation', function () {
  this.timeout(60_000);

  it('type-check against this checkout', async () => {
    const snippets = snippetsBelow(checkout);
    if (existsSync(path.join(checkout, 'README.md'))) assert.ok(snippets.length > 0, 'README.md shows no code');
    // A block that is known to be wrong proves that the compiler saw them all.
    const wrong = snippetsOf(
      'wrong.md',
      "# Title\n\n```ts\nimport { pgCopyFrom } from 'sluice';\nawait pgCopyFrom({});\n```\n",
    );
    const errors = await errorsIn([...snippets, ...wrong]);
    assert.deepEqual(
      errors.map((line) => line.replace(/: error TS.*$/, '')),
      ['wrong.line-3.ts(5,18)'],
      errors.join('\n'),
    );
  });

  it('are found by their fence: ts and typescript, indented, longer fences, and no block inside another', () => {
    const markdown = [
      '```ts',
      'a;',
      '```',
      'text',
      '  ~~~typescript',
      '  b;',
      '  ~~~',
      '````md',
      '```ts',
      'no;',
      '```',
      '````',
      '```sh',
      'x',
      '```',
      '````ts',
      'c;',
      '```',
      'd;',
      '````',
    ].join('\n');
    assert.deepEqual(snippetsOf('x.md', markdown), [
      { document: 'x.md', line: 1, text: 'a;\n' },
      { document: 'x.md', line: 5, text: '  b;\n' },
      { document: 'x.md', line: 16, text: 'c;\n```\nd;\n' },
    ]);
  });
});
