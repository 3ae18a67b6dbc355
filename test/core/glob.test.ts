import assert from 'node:assert/strict';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { escapeGlob, globDirectories, globMatcher, globPrefix, isGlob } from '../../src/core/glob.ts';

const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      '.',
      '/',
      '\\',
      '*',
      '?',
      '[',
      ']',
      '{',
      '}',
      ',',
      '!',
      '^',
      '-',
      '(',
      ')',
      '|',
      '"',
      '\0',
      '\n',
      '😀',
    ),
  }),
);

/** Pattern, keys that match, keys that do not. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'a/*.csv',
    ['a/x.csv', 'a/x.y.csv', 'a/ .csv', 'a/\n.csv', 'a/\\.csv'],
    ['a/b/x.csv', 'a/x.csv.gz', 'x.csv', 'a/x.CSV', '/a/x.csv'],
  ],
  ['*', ['a', 'é', '😀', 'a\nb', '*', '!a'], ['', 'a/b', 'a/', '/a', '.a']],
  ['a/**', ['a/b', 'a/b/c.csv', 'a/b//c', 'a/'], ['a', 'b/a', 'ab/c', 'a/.b', 'a/.b/c', 'a/b/.c']],
  ['a/*', ['a/b'], ['a/', 'a', 'a/b/c']],
  ['a/*/z', ['a/b/z', 'a//z'], ['a/z', 'a/.b/z']],
  ['/**/z', ['/z', '/a/z'], ['z', 'a/z']],
  ['a/***', ['a/b'], ['a/', 'a/b/c']],
  ['**', ['a', 'a/b/c'], ['.a', 'a/.b', 'a/.b/c']],
  ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['a/bz', 'az', 'a/.b/z', 'a/b/z/']],
  ['**/z', ['z', 'a/z', 'a/b/z'], ['az', 'z/a', '.a/z']],
  ['a**z', ['az', 'abz'], ['a/z', 'ab/cz']],
  ['a//*', ['a//b'], ['a/b', 'a///b']],
  ['/*', ['/a'], ['a', '//a']],
  ['2026/??/*', ['2026/11/x', '2026/é😀/x'], ['2026/1/x', '2026/111/x', '2026///x', '2026/.1/x']],
  ['[a-c]x', ['ax', 'cx'], ['dx', '[a-c]x', 'x']],
  ['[!a-c]x', ['dx', '-x'], ['ax', '/x', '.x']],
  ['[^a]x', ['bx'], ['ax', '/x', '.x']],
  ['a[./_]b', ['a.b', 'a_b'], ['a/b']],
  ['[]a]', [']', 'a'], ['[]a]', 'b']],
  ['[\\]^-]', [']', '^', '-'], ['\\', 'a']],
  ['[é😀]', ['é', '😀'], ['e']],
  ['[d\\d]', ['d'], ['1', '\\']],
  ['[[:]', ['[', ':'], ['a']],
  ['[]', ['[]'], ['']],
  ['a[b', ['a[b'], ['ab']],
  ['x.{csv,json}', ['x.csv', 'x.json'], ['x.{csv,json}', 'x.', 'x.csv,json']],
  ['{a,b/**}/c', ['a/c', 'b/x/c', 'b/c'], ['b/.x/c']],
  ['{*.csv,*.gz}', ['a.csv', 'a.gz'], ['.a.csv', '.a.gz']],
  ['a{,.gz}', ['a', 'a.gz'], ['a.', 'agz']],
  ['{a,{b,c}d}', ['a', 'bd', 'cd'], ['ad', 'b']],
  ['{{a,b}}', ['{a}', '{b}'], ['a', '{a,b}']],
  ['{a}', ['{a}'], ['a']],
  ['{1..3}', ['{1..3}'], ['1', '2']],
  ['{a,b', ['{a,b'], ['a']],
  ['a},b{', ['a},b{'], ['a']],
  ['{[,],x}', [',', 'x'], ['[', ']']],
  ['.*', ['.a', '.'], ['a', './a']],
  ['a/.*', ['a/.b'], ['a/b']],
  ['./*', ['./a'], ['a']],
  ['a/../*', ['a/../b'], ['b', 'a/b']],
  ['!a', ['!a'], ['b', 'a']],
  ['+(a)', ['+(a)'], ['a', 'aa']],
  ['"a"|^b$*', ['"a"|^b$', '"a"|^b$c'], ['a', 'b']],
  ['\\*', ['*'], ['a', '\\*']],
  ['\\{a,b}', ['{a,b}'], ['a', 'b']],
  ['a\\', ['a\\'], ['a']],
  ['\\\\*', ['\\', '\\a'], ['*', '\\\\/']],
  ['a\0*', ['a\0', 'a\0b'], ['a', 'ab']],
  ['', [''], ['a']],
];

describe('core/glob', () => {
  it('matches what its table of rules says, and nothing besides', () => {
    assert.equal(CASES.length, 49);
    for (const [pattern, yes, no] of CASES) {
      const matches = globMatcher(pattern);
      for (const text of yes) assert.ok(matches(text), `${JSON.stringify(pattern)} matches ${JSON.stringify(text)}`);
      for (const text of no)
        assert.ok(!matches(text), `${JSON.stringify(pattern)} does not match ${JSON.stringify(text)}`);
    }
  });

  it('lists under the longest literal beginning', () => {
    const cases = [
      ['', ''],
      ['*', ''],
      ['a/b/*.csv', 'a/b/'],
      ['a/b/x-?', 'a/b/x-'],
      ['a/[bc]', 'a/'],
      ['a/b.csv', 'a/b.csv'],
      ['a/\\*b/*', 'a/*b/'],
      ['/a//b*', '/a//b'],
      ['2026/{11,12}/*', '2026/1'],
      ['2026/{11,12}/x', '2026/1'],
      ['{a,b}/x', ''],
      ['x{😀,😁}', 'x'],
      ['{a}/*', '{a}/'],
      ['%41/é/*', '%41/é/'],
    ] as const;
    assert.equal(cases.length, 14);
    for (const [pattern, prefix] of cases) assert.equal(globPrefix(pattern), prefix, pattern);
  });

  it('tells a pattern from a key', () => {
    for (const pattern of ['*', 'a/**', 'a?', '[ab]', '{a,b}', '\\\\*']) assert.equal(isGlob(pattern), true, pattern);
    for (const text of ['', 'a/b.csv', 'a\\*', '{a}', 'a[', '[]', '!a', '(a|b)'])
      assert.equal(isGlob(text), false, text);
  });

  it('matches exactly one key when that key is escaped', () => {
    fc.assert(
      fc.property(key, key, (text, other) => {
        const pattern = escapeGlob(text);
        assert.equal(isGlob(pattern), false);
        assert.equal(globPrefix(pattern), text);
        assert.equal(globMatcher(pattern)(text), true);
        for (const near of [other, pattern, `${text}\n`, `./${text}`]) {
          assert.equal(globMatcher(pattern)(near), near === text);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('never matches a key outside of the prefix that is listed', () => {
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '**/', '?', '[ab]', '{a,b}', '\\') });
    const keys = fc.string({ unit: fc.constantFrom('a', 'b', '/') });
    fc.assert(
      fc.property(patterns, keys, (pattern, text) => {
        assert.ok(!globMatcher(pattern)(text) || text.startsWith(globPrefix(pattern)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses a reversed range, a pattern beyond its limit and an explosion of braces', () => {
    const patterns = [
      '[z-a]',
      'a'.repeat(4_097),
      '{a,b}'.repeat(11),
      '{a,b}'.repeat(500),
      'a'.repeat(64) + '{a,b}'.repeat(10),
    ];
    for (const pattern of patterns) {
      assert.throws(() => globMatcher(pattern), { name: 'ConfigError', code: 'CONFIG_INVALID' });
    }
    assert.equal(globMatcher('{a,b}'.repeat(10))('ab'.repeat(5)), true);
  });

  it('matches as picomatch does, wherever both give the pattern the same meaning', () => {
    const first = fc.constantFrom('a', 'b', '*', '?', '[ab]', '.a');
    const rest = fc.array(fc.constantFrom('a', 'b', '.', '*', '?', '[ab]', '[^a]'), { maxLength: 4 });
    const segment = fc.oneof(
      { arbitrary: fc.tuple(first, rest).map(([glyph, glyphs]) => glyph + glyphs.join('')), weight: 4 },
      { arbitrary: fc.constant('**'), weight: 2 },
      { arbitrary: fc.constant(''), weight: 1 },
    );
    const pattern = fc
      .array(segment, { minLength: 1, maxLength: 5 })
      .map((segments) => segments.join('/'))
      // With a `/` in front, or three stars, picomatch forgets some of its own rules.
      .filter((text) => text !== '' && !text.startsWith('/') && !text.includes('***'));
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'c'), maxLength: 4 });
    const keys = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    const options = { dot: false, windows: false, strictSlashes: true, fastpaths: false, debug: true } as const;
    let matched = 0;
    fc.assert(
      fc.property(pattern, keys, (glob, text) => {
        const expected = new RegExp(picomatch.makeRe(glob, options).source, 'su').test(text);
        assert.equal(globMatcher(glob)(text), expected, `${glob} and ${text}`);
        matched += Number(expected);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(matched > 500, `only ${matched} matched`);
  });

  it('takes time in proportion to key and pattern, however hostile they are', () => {
    const long = 'a'.repeat(1_024);
    const deep = 'a/'.repeat(512);
    const patterns = [
      '*a*a*b',
      `${'*a'.repeat(2_000)}b`,
      `${'*'.repeat(4_000)}b`,
      `${'[ab]*'.repeat(800)}c`,
      `${'?*'.repeat(2_000)}b`,
      '**/**/**/b',
      '**/a/**/a/**/b',
      `${'**/a/'.repeat(800)}b`,
      `${'**/*a*a/'.repeat(500)}b`,
      `{${'a*,'.repeat(1_000)}b}c`,
      '{'.repeat(4_000),
      '['.repeat(4_000),
    ];
    assert.equal(patterns.length, 12);
    for (const pattern of patterns) {
      const started = performance.now();
      const matches = globMatcher(pattern);
      assert.deepEqual([matches(long), matches(deep)], [false, false]);
      const took = performance.now() - started;
      assert.ok(took < 2_000, `${pattern.slice(0, 20)} took ${took} ms`);
    }
  });

  it('refuses alternatives that are too long together', () => {
    assert.throws(() => globMatcher(`${'{a,b}'.repeat(10)}${'c'.repeat(100)}`), { code: 'CONFIG_INVALID' });
    assert.equal(globMatcher(`${'{a,b}'.repeat(5)}${'c'.repeat(100)}`)(`ababa${'c'.repeat(100)}`), true);
  });
});

describe('the directories of a glob', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['*.csv', [], ['a', 'a/b']],
    ['a/*.csv', ['a'], ['b', 'a/b']],
    ['a/*/x', ['a', 'a/b'], ['a/.b', 'a/b/c', 'b/c']],
    ['a/b-[0-9]/*/x', ['a', 'a/b-1', 'a/b-2/c'], ['a/b-x', 'a/b-1/c/d']],
    ['**/x', ['a', 'a/b/c'], []],
    ['a/**', ['a', 'a/b', 'a/b/c'], ['b']],
    ['a/**/b/*.csv', ['a', 'a/c', 'a/b/b'], ['c']],
    ['{a,b/c}/x', ['a', 'b', 'b/c'], ['a/c', 'c']],
    ['a\\*/x', ['a*'], ['ab']],
  ];
  for (const [pattern, may, mayNot] of cases) {
    it(`of ${pattern} are those in which a key may match`, () => {
      const mayHold = globDirectories(pattern);
      assert.deepEqual(may.filter(mayHold), may);
      assert.deepEqual(mayNot.filter(mayHold), []);
    });
  }
});
