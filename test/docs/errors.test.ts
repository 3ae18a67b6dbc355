import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ERROR_CODES, connectorError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/reference/errors.md'), 'utf8');

/** The cells of every row of the page's tables whose first cell is a code. */
function documentedCodes(markdown: string): string[][] {
  const rows = markdown.split('\n').filter((line) => /^\|\s*`/.test(line));
  return rows.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

describe('docs/reference/errors.md', () => {
  it('has one row per code, in the order of the table, with its class, whether to retry, and its meaning', () => {
    const codes = Object.keys(ERROR_CODES) as ErrorCode[];
    const expected = codes.map((code) => {
      const { retryable, meaning } = ERROR_CODES[code];
      return [`\`${code}\``, `\`${connectorError(code, '').constructor.name}\``, retryable ? 'yes' : 'no', meaning];
    });
    assert.deepEqual(documentedCodes(page), expected, 'run node scripts/error-docs.js');
  });

  it('is read cell by cell, escaped bars included', () => {
    const rows = documentedCodes('| Code | Meaning |\n| --- | --- |\n| `A` | a \\| b `\\.` |\n');
    assert.deepEqual(rows, [['`A`', 'a | b `\\.`']]);
  });
});
