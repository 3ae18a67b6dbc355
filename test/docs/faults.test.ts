import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { faultsPage } from '../mutation/faults-page.ts';
import { faultAreas } from '../mutation/faults/index.ts';
import { guards } from '../mutation/guards/index.ts';

const root = path.join(import.meta.dirname, '../..');
const target = path.join(root, 'docs/reference/faults.md');
const faults = faultAreas.flatMap((area) => area.faults);

describe('docs/reference/faults.md', () => {
  it('says what the tables of faults and guards say', async () => {
    const options = await prettier.resolveConfig(target);
    const expected = await prettier.format(faultsPage(), { ...options, parser: 'markdown' });
    assert.equal(readFileSync(target, 'utf8'), expected, 'run node scripts/fault-docs.js');
  });

  it('lists no fault twice, and only tests that are there', () => {
    const ids = faults.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const file of faults.flatMap(({ tests = [] }) => tests)) assert.ok(existsSync(path.join(root, file)), file);
  });

  it('lists only faults that a guard holds, and names its switches', () => {
    const page = readFileSync(target, 'utf8');
    const listed = [...page.matchAll(/^\| \[(\w+)\]\(#\w+\) /gm)].map(([, id = '']) => id);
    assert.ok(listed.length >= 30, `${listed.length} faults are listed`);
    for (const id of listed) {
      const holding = guards.filter((guard) => guard.faults.includes(id));
      assert.notEqual(holding.length, 0, `no guard names ${id}`);
      const [, below = ''] = page.split(`\n### ${id}\n`);
      const [section = ''] = below.split('\n### ');
      for (const { name } of holding) assert.ok(section.includes(`\`${name}\``), `${name} is missing at ${id}`);
    }
  });

  it('knows every fault that a guard names', () => {
    const ids = new Set(faults.map(({ id }) => id));
    const unknown = guards.filter((guard) => guard.faults.some((id) => !ids.has(id)));
    assert.deepEqual(
      unknown.map(({ name }) => name),
      [],
    );
  });
});
