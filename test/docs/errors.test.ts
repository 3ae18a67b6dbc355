import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { classifyError } from '../../src/classify/index.ts';
import { ADLS_CODES } from '../../src/connectors/adls2/error-table.ts';
import { POSTGRES_CLASSES, POSTGRES_STATES } from '../../src/connectors/postgres/error-table.ts';
import { S3_CODES } from '../../src/connectors/s3/error-table.ts';
import { HTTP_STATUSES } from '../../src/core/http-statuses.ts';
import { FILE_CODES } from '../../src/core/file-errors.ts';
import { NETWORK_CODES } from '../../src/core/network-errors.ts';
import { ERROR_CODES } from '../../src/error-codes.ts';
import { connectorError } from '../../src/errors.ts';
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

/** Of the section under a heading that begins so: each listed key, and the code it is listed under. */
function listed(heading: string): [key: string, code: string][] {
  const section = page.split(/^### /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^- `(\w+)`: (.*)$/gm)].flatMap(([, code = '', keys = '']) =>
    keys.split(', ').map((key): [string, string] => [key.replaceAll('`', ''), code]),
  );
}

/** An error as its vendor would give it. */
const VENDORS: readonly {
  readonly heading: string;
  readonly keys: readonly (string | number)[];
  readonly error: (key: string) => object;
}[] = [
  {
    heading: 'Postgres',
    keys: [...POSTGRES_STATES.keys(), ...[...POSTGRES_CLASSES.keys()].map((name) => `class ${name}`)],
    error: (key) => ({ code: key.startsWith('class ') ? `${key.slice(6)}Z99` : key, severity: 'ERROR' }),
  },
  {
    heading: 'S3',
    keys: [...S3_CODES.keys(), ...HTTP_STATUSES.keys()],
    error: (key) => (/^\d/.test(key) ? { $metadata: { httpStatusCode: Number(key) } } : { name: key, $metadata: {} }),
  },
  {
    heading: 'ADLS Gen2',
    keys: [...ADLS_CODES.keys(), ...HTTP_STATUSES.keys()],
    error: (key) => ({ name: 'RestError', ...(/^\d/.test(key) ? { statusCode: Number(key) } : { code: key }) }),
  },
  { heading: 'Network', keys: [...NETWORK_CODES.keys()], error: (code) => ({ code }) },
  {
    heading: 'Local files',
    keys: [...FILE_CODES.keys()],
    error: (code) => ({ code, syscall: 'open', errno: -1 }),
  },
];

describe('docs/reference/errors.md', () => {
  it('has one row per code, in the order of the table, with its class, whether to retry, and its meaning', () => {
    const codes = Object.keys(ERROR_CODES) as ErrorCode[];
    const expected = codes.map((code) => {
      const { retryable, meaning } = ERROR_CODES[code];
      return [`\`${code}\``, `\`${connectorError(code, '').constructor.name}\``, retryable ? 'yes' : 'no', meaning];
    });
    assert.deepEqual(documentedCodes(page), expected, 'run node scripts/error-docs.js');
  });

  for (const { heading, keys, error } of VENDORS) {
    it(`lists every rule for the errors of ${heading}, each under the code that comes of it`, () => {
      const rules = listed(heading);
      assert.deepEqual(rules.map(([key]) => key).sort(), keys.map(String).sort(), 'run node scripts/error-docs.js');
      for (const [key, code] of rules) assert.equal(classifyError(error(key)).code, code, key);
    });
  }

  it('is read cell by cell, escaped bars included', () => {
    const rows = documentedCodes('| Code | Meaning |\n| --- | --- |\n| `A` | a \\| b `\\.` |\n');
    assert.deepEqual(rows, [['`A`', 'a | b `\\.`']]);
  });
});
