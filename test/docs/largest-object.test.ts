import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { S3_LIMITS } from '../../src/connectors/s3/object-sink.ts';
import { planParts } from '../../src/core/part-plan.ts';

const MIB = 1024 * 1024;
const guide = readFileSync(path.join(import.meta.dirname, '../../docs/guide/loading.md'), 'utf8');
const rows = [...guide.matchAll(/^\| ([\d,]+) MiB(?: \(default\))? +\| ([\d,]+) GiB +\|$/gm)].map((row) =>
  row.slice(1).map((cell) => Number(cell.replaceAll(',', ''))),
);

describe('the table of the largest objects', () => {
  it('has its rows', () => assert.equal(rows.length, 6));

  for (const [budget = 0, largest] of rows) {
    it(`says what ${budget} MiB of buffers reach`, () => {
      const plan = planParts({ limits: S3_LIMITS, preferredPartSize: 8 * MIB, maxPartBytes: budget * MIB });
      assert.equal(Math.floor(plan.largestObject / 1024 ** 3), largest);
    });
  }
});
