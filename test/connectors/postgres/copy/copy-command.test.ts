import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { copyFromCommand, copyToCommand } from '../../../../src/connectors/postgres/copy/copy-command.ts';
import type { CopyFromCommand } from '../../../../src/connectors/postgres/copy/copy-command.ts';
import { pgCopyFrom, pgCopyTo } from '../../../../src/connectors/postgres/index.ts';
import { chunked, collect } from '../../../support/bytes.ts';
import { describePostgres } from '../../../support/postgres.ts';

/** Every form that a command may have once its literals (`L`) and identifiers (`I`) are taken out. */
const FROM =
  /^COPY I(\.I)?( \(I(, I)*\))? FROM STDIN WITH \(FORMAT (csv|text|binary)(, HEADER( match)?)?(, (DELIMITER|QUOTE|ESCAPE|NULL|ENCODING) L)*(, FREEZE)?(, ON_ERROR ignore)?(, REJECT_LIMIT \d+)?(, FORCE_NULL (\*|\(I(, I)*\)))?(, FORCE_NOT_NULL (\*|\(I(, I)*\)))?(, DEFAULT L)?\)$/;
const TO =
  /^COPY I(\.I)?( \(I(, I)*\))? TO STDOUT WITH \(FORMAT (csv|text|binary)(, HEADER)?(, (DELIMITER|QUOTE|ESCAPE|NULL|ENCODING) L)*(, FORCE_QUOTE (\*|\(I(, I)*\)))?\)$/;

/** As the server's scanner reads it (scan.l): a backslash escapes in `E'...'` alone. */
function skeleton(sql: string): string {
  return sql.replaceAll(/E'(?:[^'\\]|''|\\[^])*'|'(?:[^']|'')*'|"(?:[^"]|"")+"/g, (token) =>
    token.startsWith('"') ? 'I' : 'L',
  );
}

const HOSTILE = [
  "'",
  '"',
  '\\',
  "\\'",
  "'); DROP TABLE t; --",
  '"; DROP TABLE t; --',
  "csv', HEADER, PROGRAM 'id",
  '$$',
  '/*',
  '--',
  '\n',
  '\0',
  'é',
  '\ud800',
  '',
];
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.string({ maxLength: 1 }),
);
/** What a call without types may hold. */
const anything = fc.oneof(
  text,
  fc.constantFrom<unknown>(true, false, null, 1, {}, [], ['x'], { toString: () => "'; --" }, Symbol.iterator),
);
const optionally = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const command = fc.record(
  {
    table: fc.oneof({ weight: 9, arbitrary: fc.constant('t') }, { weight: 1, arbitrary: text }),
    schema: optionally(text),
    columns: optionally(fc.oneof(fc.array(text, { maxLength: 3 }), anything)),
    format: optionally(fc.oneof(fc.constantFrom('csv', 'text', 'binary'), anything)),
    header: optionally(fc.oneof(fc.constantFrom(true, 'match'), anything)),
    delimiter: optionally(anything),
    quote: optionally(anything),
    escape: optionally(anything),
    null: optionally(anything),
    encoding: optionally(fc.oneof(fc.constantFrom('LATIN1', 'utf-8'), anything)),
    freeze: optionally(anything),
    rejectLimit: optionally(fc.oneof(fc.integer(), anything)),
    forceNull: optionally(fc.oneof(fc.array(text, { maxLength: 3 }), anything)),
    forceNotNull: optionally(fc.oneof(fc.array(text, { maxLength: 3 }), anything)),
    forceQuote: optionally(fc.oneof(fc.array(text, { maxLength: 3 }), anything)),
    default: optionally(anything),
    onError: optionally(fc.oneof(fc.constantFrom('stop', 'ignore'), anything)),
  },
  { requiredKeys: ['table'] },
);

describe('a COPY command', () => {
  for (const [name, make, form] of [
    ['from', copyFromCommand, FROM],
    ['to', copyToCommand, TO],
  ] as const) {
    it(`is of one form, ${name} whatever options it is made, or is refused as CONFIG_INVALID`, () => {
      let made = 0;
      fc.assert(
        fc.property(command, (options) => {
          let sql: string;
          try {
            sql = make(options as CopyFromCommand);
          } catch (error) {
            assert.equal(Reflect.get(error as object, 'code'), 'CONFIG_INVALID', String(error));
            return;
          }
          made += 1;
          assert.match(skeleton(sql), form);
        }),
        { numRuns: 20_000 },
      );
      assert.ok(made > 1_000, `only ${made} were made`);
    });
  }

  it('takes only what its format has', () => {
    const refused: readonly Partial<CopyFromCommand>[] = [
      { format: 'binary', delimiter: ';' },
      { format: 'binary', header: true },
      { format: 'binary', null: '' },
      { format: 'binary', onError: 'ignore' },
      { format: 'text', quote: "'" },
      { format: 'text', escape: '\\' },
      { delimiter: 'é' },
      { delimiter: '\n' },
      { quote: '' },
      { null: 'a\nb' },
      { null: 'a\0b' },
      { header: 'no' as 'match' },
      { encoding: "UTF8'" },
      { columns: [] },
      { rejectLimit: 1 },
      { onError: 'ignore', rejectLimit: 0 },
      { onError: 'ignore', rejectLimit: 1.5 },
      { format: 'text', forceNull: true },
      { format: 'text', forceNotNull: ['a'] },
      { forceNull: [] },
      { format: 'binary', default: 'D' },
      { default: 'a\nb' },
    ];
    for (const options of refused) {
      assert.throws(
        () => copyFromCommand({ table: 't', ...options }),
        { code: 'CONFIG_INVALID' },
        JSON.stringify(options),
      );
    }
    assert.throws(() => copyToCommand({ table: 't', query: 'SELECT 1' }), { code: 'CONFIG_INVALID' });
    assert.throws(() => copyToCommand({ table: 't', format: 'text', forceQuote: true }), { code: 'CONFIG_INVALID' });
    assert.throws(() => copyToCommand({}), { code: 'CONFIG_INVALID' });
    assert.throws(() => copyToCommand({ query: 'SELECT 1', columns: ['a'] }), { code: 'CONFIG_INVALID' });
    assert.throws(() => copyToCommand({ table: 't', header: 'match' }), { code: 'CONFIG_INVALID' });
  });
});

const NAMES = [
  't"; DROP TABLE kept; --',
  "t'; DROP TABLE kept; --",
  'é'.repeat(31),
  'x'.repeat(63),
  'a.b',
  ' ',
  'SELECT',
  '\\',
  '$1',
  '%s',
  'a\nb',
  '"',
  '\u{1f600}',
];

describePostgres('names and options of any kind', (context) => {
  const config = () => ({ dsn: context().dsn });
  beforeEach(() => context().sql('CREATE TABLE kept (a int)'));
  // It fails where the table is gone.
  afterEach(() => context().sql('DROP TABLE kept'));

  for (const name of NAMES) {
    it(`mean themselves to the server: ${JSON.stringify(name)} as schema, table and column`, async () => {
      const made =
        "DO $do$ BEGIN EXECUTE format('CREATE SCHEMA %1$I; CREATE TABLE %1$I.%1$I (%1$I text)', current_setting('test.name')); END $do$";
      await context().sql("SELECT set_config('test.name', $1, false)", [name]);
      await context().sql(made);
      const options = { table: name, schema: name, columns: [name], config: config() };
      await pipeline(chunked(Buffer.from('x\n')), pgCopyFrom(options));
      assert.equal(
        String(await collect(pgCopyTo({ ...options, header: true })))
          .trimEnd()
          .endsWith('\nx'),
        true,
      );
      await context().sql(
        "DO $do$ BEGIN EXECUTE format('DROP SCHEMA %I CASCADE', current_setting('test.name')); END $do$",
      );
    });
  }

  it('are read back as they were written: every delimiter, quote, escape and text for NULL', async () => {
    await context().sql('CREATE TABLE t (id int, v text)');
    const dialects = [
      { delimiter: "'" },
      { delimiter: '\\' },
      { delimiter: ';', quote: "'" },
      { quote: '\\' },
      { escape: '\\' },
      { quote: "'", escape: '"' },
      { null: "'); DROP TABLE kept; --" },
      { null: '\\N' },
      { null: "it''s \\ nothing" },
      { format: 'text', null: "\\'; --" },
      { format: 'text', delimiter: "'" },
      { encoding: 'LATIN1' },
    ] as const;
    const rows = [
      [1, 'it\'s \\ "é"'],
      [2, null],
      [3, ''],
    ];
    for (const dialect of dialects) {
      await context().sql('TRUNCATE t');
      await context().sql('INSERT INTO t VALUES (1, $1), (2, NULL), (3, $2)', [rows[0]?.[1], rows[2]?.[1]]);
      const bytes = await collect(pgCopyTo({ table: 't', ...dialect, config: config() }));
      await pipeline(chunked(bytes, 3), pgCopyFrom({ table: 't', ...dialect, truncate: true, config: config() }));
      const loaded = await context().sql('SELECT id, v FROM t ORDER BY id');
      assert.deepEqual(
        loaded.map(({ id, v }) => [id, v]),
        rows,
        JSON.stringify(dialect),
      );
    }
    await context().sql('DROP TABLE t');
  });
});
