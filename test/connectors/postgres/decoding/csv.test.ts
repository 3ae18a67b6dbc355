import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { seed } from '../../../support/seed.ts';
import { decode } from './decoding.ts';

const csv = (columns: readonly string[], input: Buffer | string, sizes?: readonly number[]) =>
  decode({ columns, rowMode: 'array' }, input, sizes);

describe(`rows of COPY in CSV format (seed ${seed})`, () => {
  const cases: [title: string, input: string, rows: (string | null)[][]][] = [
    [
      'are the lines',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'may end in CRLF',
      'a,b\r\n"c",d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'may end in CR',
      'a,b\r"c",d\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'need no line break at the end',
      'a,b\nc,"d"',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['are none of nothing', '', []],
    [
      'tell NULL from an empty text',
      ',""\n"",\n',
      [
        [null, ''],
        ['', null],
      ],
    ],
    ['have line breaks and delimiters within quotes', '"a\r\nb\n,\r",c\n', [['a\r\nb\n,\r', 'c']]],
    [
      'have doubled quotes',
      '"""a""","x"""\n"""",""""""\n',
      [
        ['"a"', 'x"'],
        ['"', '""'],
      ],
    ],
    ['have quotes anywhere in a field', 'a"b,c"d,"e"f\n', [['ab,cd', 'ef']]],
    ['keep spaces', ' a , "b" \n', [[' a ', ' b ']]],
    [
      'keep backslashes, alone on a line or not',
      '\\N,\\\n"\\.",\\.\n',
      [
        ['\\N', '\\'],
        ['\\.', '\\.'],
      ],
    ],
    ['have any character', '€uro,"😀"\n', [['€uro', '😀']]],
  ];
  for (const [title, input, rows] of cases) {
    it(title, () => {
      for (const sizes of [[], [1], [2, 3], [7]])
        assert.deepEqual(csv(['a', 'b'], input, sizes), { rows }, String(sizes));
    });
  }

  it('have one column that is NULL where a line is empty', () => {
    assert.deepEqual(csv(['a'], '\n""\n\\.\na\n'), { rows: [[null], [''], ['\\.'], ['a']] });
  });

  it('take another quote, escape, delimiter and NULL', () => {
    const options = {
      columns: ['a', 'b'],
      delimiter: '|',
      quote: "'",
      escape: '\\',
      null: 'nil',
      rowMode: 'array',
    } as const;
    for (const sizes of [[], [1]]) {
      // Outside quotes the escape is a character as any other.
      const { rows } = decode(options, "nil|'nil'\n'\\'\\\\x'|'\\z'\n\\|'\\\\'\n", sizes);
      assert.deepEqual(rows, [
        [null, 'nil'],
        ["'\\x", '\\z'],
        ['\\', '\\'],
      ]);
    }
  });

  const bad: [what: string, input: string | Buffer, line: number][] = [
    ['too few fields', 'secret\n', 1],
    ['too many fields', 'a,b\na,b,secret\n', 2],
    ['an empty line', 'a,b\n\nc,d\n', 2],
    ['another line break', 'a,b\nsecret,b\r\n', 2],
    ['a quote that is never closed', 'a,b\n"secret,b\nc,d\n', 2],
    ['a quote that is never closed in the last field', 'a,b\nc,"secret\n', 2],
    ['a last quote that is only doubled', 'a,b\n"secret,b""', 2],
    ['bytes that are no UTF-8', Buffer.from('a,b\n"secret",\xff\n', 'latin1'), 2],
    ['NUL', 'a,b\nsecret,"\0"\n', 2],
  ];
  for (const [what, input, line] of bad) {
    it(`are refused for ${what}, without a word of them`, () => {
      const said = [[], [1], [5]].map((sizes) => csv(['a', 'b'], input, sizes));
      for (const { error } of said) {
        assert.deepEqual([error?.code, error?.line], ['BAD_ROW', line]);
        assert.doesNotMatch(error?.message ?? '', /secret/);
      }
      assert.deepEqual(said[1], said[0]);
      assert.deepEqual(said[2], said[0]);
    });
  }

  it('stay within their bound when a quote is never closed', () => {
    const { rows, error } = decode(
      { columns: ['a'], maxRecordBytes: '64KiB' },
      `a\n"${'x\n'.repeat(100_000)}`,
      [1_000],
    );
    assert.deepEqual([rows, error?.code, error?.line], [[{ a: 'a' }], 'BAD_ROW', 2]);
    assert.match(error?.message ?? '', /more than 65536 bytes/);
  });

  it('are the same whatever pieces they come in, and what csv-parse makes of them', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ü', '\\'), maxLength: 8 });
    const rows = fc.array(fc.tuple(cell, cell), { maxLength: 20 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(rows, fc.boolean(), sizes, (sent, isBare, pieces) => {
        const quoted = (text: string): string =>
          isBare && /^[^",\n\r]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
        const input = sent.map((row) => `${row.map(quoted).join(',')}\n`).join('');
        assert.deepEqual(csv(['a', 'b'], input, pieces), { rows: sent });
        assert.deepEqual(parse(input, { record_delimiter: '\n' }), sent);
      }),
      { seed },
    );
  });
});
