import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { check } from '../../src/config/check.ts';
import { settingsIn } from '../../src/config/describe.ts';
import { valueAt } from '../../src/config/layer.ts';
import { adls2Schema } from '../../src/connectors/adls2/config.ts';
import { postgresSchema } from '../../src/connectors/postgres/config.ts';
import { s3Schema } from '../../src/connectors/s3/config.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/reference/configuration.md'), 'utf8');
const schemas = { postgres: postgresSchema, s3: s3Schema, adls2: adls2Schema };

/** The cells of every row about a setting, below the heading of a connector. */
function rowsOf(connector: string): string[][] {
  const [, section = ''] = page.split(`\n## ${connector}\n`);
  const [table = ''] = section.split('\n## ');
  const rows = table.split('\n').filter((line) => /^\|\s*`/.test(line));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** `{ a: { b: value } }` of `a.b`. */
function layerOf(at: string, value: unknown): unknown {
  return at.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

describe('docs/reference/configuration.md', () => {
  for (const [connector, schema] of Object.entries(schemas)) {
    const settings = settingsIn(schema);

    it(`has one row for each setting of ${connector}, in order, with its type, its default and its meaning`, () => {
      const expected = settings.map(({ path: at, type, isSecret, isRequired, meaning, ...setting }) => [
        `\`${at}\``,
        isSecret ? `${type}, secret` : type,
        setting.default === undefined ? (isRequired ? 'required' : '') : `\`${setting.default}\``,
        meaning,
      ]);
      assert.ok(expected.length >= 15);
      assert.deepEqual(rowsOf(connector), expected, 'run node scripts/config-docs.js');
    });

    it(`gives the defaults of ${connector} as one may write them`, () => {
      const written = settings.filter((setting) => setting.default !== undefined);
      assert.ok(written.length >= 8);
      for (const { path: at, default: text = '' } of written) {
        const { value } = check(schema, layerOf(at, text));
        const keys = at.split('.');
        const group = keys.slice(0, -1).join('.');
        // A group that is not there has no defaults either.
        const defaults = check(schema, group === '' ? {} : layerOf(group, {})).value;
        assert.deepEqual(valueAt(value, keys), valueAt(defaults, keys), at);
        assert.notEqual(valueAt(value, keys), undefined, at);
      }
    });
  }

  it('calls secret what must be kept, and nothing else', () => {
    const secret = Object.values(schemas).flatMap((schema) => settingsIn(schema).filter(({ isSecret }) => isSecret));
    assert.deepEqual(
      secret.map(({ path: at }) => at),
      [
        'dsn',
        'password',
        'sslkey',
        'credentials.secretAccessKey',
        'credentials.sessionToken',
        'encryption.customerKey',
        ...['connectionString', 'accountKey', 'sasToken', 'clientSecret.clientSecret'],
      ],
    );
  });
});
