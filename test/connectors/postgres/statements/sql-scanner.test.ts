import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bindParameters } from '../../../../src/connectors/postgres/statements/parameters.ts';
import { scanSql } from '../../../../src/connectors/postgres/statements/sql-scanner.ts';
import { seed } from '../../../support/seed.ts';

const namesIn = (sql: string): string[] => scanSql(sql).names.map(({ name }) => name);

describe('names of parameters in SQL', () => {
  const found: readonly (readonly [sql: string, names: readonly string[]])[] = [
    ['SELECT :a, :b_1, :a', ['a', 'b_1', 'a']],
    ['WHERE x=:x AND y>=:y', ['x', 'y']],
    ['SELECT :größe', ['größe']],
    ['SELECT :a::int, x::text, :b ::date', ['a', 'b']],
    ["SELECT ':no', 'it''s :no', E'\\':no', e'\\\\', :yes", ['yes']],
    ["SELECT U&'\\0061:no', B'01', :yes", ['yes']],
    ['SELECT ":no", "a"":no", :yes', ['yes']],
    ['SELECT $$:no$$, $tag$ $$ :no $tag$, :yes', ['yes']],
    ['SELECT a$b$:yes', ['yes']],
    ['SELECT 1 -- :no\n, :yes', ['yes']],
    ['SELECT /* :no /* :no */ :no */ :yes', ['yes']],
    ['SELECT f(a := 1, b => :yes)', ['yes']],
    ['SELECT f(a:=:yes)', ['yes']],
    ['SELECT a[1:2], a[lo:hi], a[lo : hi], a[lo :hi], a[f(1):hi], a["x":hi]', []],
    ['SELECT a[:i], a[:lo:2], a[1: :hi], a[:lo::int : :hi::int]', ['i', 'lo', 'hi', 'lo', 'hi']],
    ['SELECT ARRAY[:a, :b], ARRAY[[:c], [x, :d]]', ['a', 'b', 'c', 'd']],
    ['SELECT a[CASE WHEN :a THEN :b END]', ['a', 'b']],
    ["SELECT x FROM j WHERE j @> '{\"a\":1}' AND t > '12:30:00'", []],
    ['SELECT 1 :: int, : a, :1', []],
    ["SELECT 'open :no", []],
    ['SELECT /* open :no', []],
    ['SELECT $a$ open :no', []],
  ];
  for (const [sql, names] of found) {
    it(`${sql.replaceAll('\n', '\\n')}: ${names.join(', ') || 'none'}`, () => assert.deepEqual(namesIn(sql), names));
  }

  it('are found between whatever else may stand there, and nowhere inside it', () => {
    const opaque = fc.oneof(
      fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
      fc.string().map((text) => `E'${text.replaceAll(/['\\]/g, '\\$&')}'`),
      fc.string({ minLength: 1 }).map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.string().map((text) => `$q$${text.replaceAll('$', '')}$q$`),
      fc.string().map((text) => `/*${text.replaceAll(/[*/]/g, ' ')}/* :in */*/`),
      fc.string().map((text) => `--${text.replaceAll(/[\n\r]/g, ' ')}\n`),
      fc.constantFrom('x::int', 'a[1:2]', 'f(a := 1)', '1.5e3', ',', '(', ')'),
    );
    const piece = fc.oneof(
      opaque.map((text) => ({ text, name: undefined })),
      fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/).map((name) => ({ text: `:${name}`, name })),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const sql = pieces.map(({ text }) => text).join(' ');
        const { names } = scanSql(sql);
        const expected = pieces.flatMap(({ name }) => (name === undefined ? [] : [name]));
        assert.deepEqual(
          names.map(({ name }) => name),
          expected,
        );
        for (const { name, start, end } of names) assert.equal(sql.slice(start, end), `:${name}`);
      }),
      { seed },
    );
  });
});

describe('a script', () => {
  it('is more than one statement, and not one that ends in a semicolon', () => {
    for (const sql of ['SELECT 1', 'SELECT 1; ;', "SELECT ';1'", 'SELECT 1; -- two\n /* three */', '']) {
      assert.equal(scanSql(sql).isScript, false, sql);
    }
    for (const sql of ['SELECT 1; SELECT 2', ';SELECT 1']) assert.equal(scanSql(sql).isScript, true, sql);
  });
});

describe('parameters by name', () => {
  it('become numbers, in the order of their first use; one that is used twice is sent once', () => {
    assert.deepEqual(bindParameters('SELECT :b::int, :a, :b', { a: 1, b: 2 }), {
      text: 'SELECT $1::int, $2, $1',
      values: [2, 1],
    });
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`p${n}`, n]));
    const sql = Object.keys(many)
      .map((name) => `:${name}`)
      .join(', ');
    assert.equal(bindParameters(sql, many).text, '$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12');
  });

  it('that are missing or too much are named, whatever objects inherit', () => {
    const refused = (sql: string, params: object): unknown => {
      try {
        return bindParameters(sql, params as Record<string, unknown>);
      } catch (error) {
        return error instanceof Error ? error.message : error;
      }
    };
    assert.equal(refused('SELECT :a, :b', { a: 1 }), 'the parameter :b is missing');
    assert.equal(refused('SELECT :toString', {}), 'the parameter :toString is missing');
    assert.equal(refused('SELECT :a', { a: 1, canary: 2 }), 'the statement has no parameter :canary');
    assert.equal(refused('SELECT :a, $1', { a: 1 }), 'a statement takes its parameters by $1 or by :name, not by both');
    for (const params of [new Date(), new Map(), Buffer.from('a'), 'a', null]) {
      assert.match(String(refused('SELECT 1', params as object)), /an array, for \$1, or a plain object/);
    }
    const bare = Object.assign(Object.create(null) as Record<string, unknown>, { a: undefined });
    assert.deepEqual(bindParameters('SELECT :a', bare).values, [undefined]);
  });

  it('by number are as they were given, and so is a text of none', () => {
    const values = [1];
    assert.deepEqual(bindParameters("SELECT $1, ':a'", values), { text: "SELECT $1, ':a'", values });
    assert.deepEqual(bindParameters('SELECT :a'), { text: 'SELECT :a', values: [] });
  });
});
