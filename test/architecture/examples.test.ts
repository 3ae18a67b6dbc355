import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { runNode } from '../support/run.ts';

const folder = path.join(import.meta.dirname, '../../examples');
const examples = readdirSync(folder).filter((file) => file.endsWith('.ts'));

describe('the examples', function () {
  this.timeout(120_000);

  it('are there', () => assert.ok(examples.length > 0));

  for (const example of examples) {
    it(`examples/${example} runs to its end and exits with 0`, async () => {
      await runNode([path.join(folder, example)], { cwd: path.dirname(folder) });
    });
  }
});
