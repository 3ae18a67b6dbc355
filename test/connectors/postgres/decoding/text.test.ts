import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seed } from '../../../support/seed.ts';
import { decode } from './decoding.ts';

const text = (columns: readonly string[], input: Buffer | string, sizes?: readonly number[]) =>
  decode({ columns, format: 'text', rowMode: 'array' }, input, sizes);

describe(`rows of COPY in text format (seed ${seed})`, () => {
  const cases: [title: string, input: string, rows: (string | null)[][]][] = [
    [
      'are the lines',
      'a\tb\nc\td\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'may end in CRLF',
      'a\tb\r\nc\td\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'may end in CR',
      'a\tb\rc\td\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'need no line break at the end',
      'a\tb\nc\td',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['are none of nothing', '', []],
    ['have NULL for \\N, which an escaped backslash before N is not', '\\N\t\\\\N\n', [[null, '\\N']]],
    ['have what escapes stand for', '\\b\\f\\n\\r\\t\\v\t\\\\\n', [['\b\f\n\r\t\v', '\\']]],
    ['have octal and hexadecimal bytes', '\\101\\60\\7z\t\\x41\\x4g\\xg\n', [['A0\x07z', 'A\x04gxg']]],
    ['have bytes that make a character together', '\\303\\274\t\\xc3\\xBC\n', [['ü', 'ü']]],
    ['have any other character behind a backslash', '\\q\\"\t\\\t\n', [['q"', '\t']]],
    ['have a line break behind a backslash', 'a\\\nb\tc\n', [['a\nb', 'c']]],
    ['lose a backslash at the very end of the input, as on the server', 'a\tb\\', [['a', 'b']]],
    ['end at the end-of-data marker', 'a\tb\n\\.\n', [['a', 'b']]],
    ['end at the end-of-data marker in CRLF', 'a\tb\r\n\\.\r\n', [['a', 'b']]],
    ['have empty texts', '\t\n', [['', '']]],
    ['have any character', '€uro\t😀\n', [['€uro', '😀']]],
  ];
  for (const [title, input, rows] of cases) {
    it(title, () => {
      for (const sizes of [[], [1], [2, 3], [7]])
        assert.deepEqual(text(['a', 'b'], input, sizes), { rows }, String(sizes));
    });
  }

  it('have one column where a line is empty', () => {
    assert.deepEqual(text(['a'], '\na\n\n'), { rows: [[''], ['a'], ['']] });
  });

  const bad: [what: string, input: string | Buffer, line: number, code?: string][] = [
    ['too few fields', 'secret\n', 1],
    ['too many fields', 'a\tb\na\tb\tsecret\n', 2],
    ['an empty line', 'a\tb\n\nc\td\n', 2],
    ['another line break', 'a\tb\nsecret\tb\r\n', 2],
    ['a CR within a line', 'a\tb\nsec\rret\tb\n', 2],
    ['a LF where CRLF is the line break', 'a\tb\r\nsec\nret\tb\r\n', 2],
    ['bytes that are no UTF-8', Buffer.from('a\tb\nsecret\t\xff\n', 'latin1'), 2],
    ['NUL', 'a\tb\nsecret\t\0\n', 2],
    ['an escape for NUL', 'a\tb\nsecret\t\\0\n', 2],
    ['an escape for what is no UTF-8', 'a\tb\nsecret\t\\xff\n', 2],
    ['rows behind the end-of-data marker', 'a\tb\n\\.\nsecret\tb\n', 2, 'END_OF_DATA_MARKER'],
    ['an end-of-data marker on a line with more', 'a\tb\n\\.secret\tb\n', 2],
    ['an end-of-data marker without a line break', 'a\tb\n\\.', 2],
    ['an end-of-data marker with half of its line break', 'a\tb\r\n\\.\r', 2],
    ['an end-of-data marker with another line break', 'a\tb\n\\.\r\n', 2],
    ['an end-of-data marker behind something', 'a\tb\nsecret\\.\n', 2],
  ];
  for (const [what, input, line, code = 'BAD_ROW'] of bad) {
    it(`are refused for ${what}, without a word of them`, () => {
      const said = [[], [1], [5]].map((sizes) => text(['a', 'b'], input, sizes));
      for (const { error } of said) {
        assert.deepEqual([error?.code, error?.line], [code, line]);
        assert.doesNotMatch(error?.message ?? '', /secret/);
      }
      assert.deepEqual(said[1], said[0]);
      assert.deepEqual(said[2], said[0]);
    });
  }

  it('are told by the byte where they begin', () => {
    const { error } = text(['a', 'b'], 'ü\tb\nü\tb\nc\n', [3]);
    assert.match(error?.message ?? '', /row 3, at byte 10 of the input, has 1 fields and not 2/);
  });

  it('stay within their bound, of bytes and not of columns', () => {
    const options = { columns: ['a'], format: 'text', maxRecordBytes: 100 } as const;
    for (const sizes of [[], [1], [99], [101]]) {
      assert.deepEqual(decode(options, `${'x'.repeat(100)}\n`, sizes).rows, [{ a: 'x'.repeat(100) }]);
      const { rows, error } = decode(options, `a\n${'x'.repeat(101)}\n`, sizes);
      assert.deepEqual([rows, error?.code, error?.line], [[{ a: 'a' }], 'BAD_ROW', 2]);
      assert.match(error?.message ?? '', /row 2, at byte 2 of the input, has more than 100 bytes/);
    }
  });

  it('take another delimiter and another NULL', () => {
    const options = { columns: ['a', 'b'], format: 'text', delimiter: '|', null: 'nil', rowMode: 'array' } as const;
    assert.deepEqual(decode(options, 'nil|\\nil\n\\N|x\ty\n').rows, [
      [null, '\nil'],
      ['N', 'x\ty'],
    ]);
  });

  it('come behind a header, which may have to match', () => {
    const input = 'a\\tb\tc\n1\t2\n';
    const options = { columns: ['a\tb', 'c'], format: 'text', rowMode: 'array' } as const;
    assert.deepEqual(decode({ ...options, header: true }, input), { rows: [['1', '2']] });
    assert.deepEqual(decode({ ...options, header: 'match' }, input), { rows: [['1', '2']] });
    const { error } = decode({ ...options, header: 'match' }, 'secret\tc\n1\t2\n');
    assert.deepEqual([error?.code, error?.line], ['BAD_ROW', 1]);
    assert.doesNotMatch(error?.message ?? '', /secret/);
  });

  it('are the same whatever pieces they come in', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('\\', '\n', 'ü'.repeat(3_000)),
    );
    const rows = fc.array(fc.tuple(value, value, value), { maxLength: 20 });
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9_000 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(rows, sizes, (drawn, pieces) => {
        const sent = drawn.map((row) => row.map((cell) => cell?.replaceAll('\0', '') ?? null).map(wellFormed));
        const input = sent.map((row) => `${row.map(written).join('\t')}\n`).join('');
        assert.deepEqual(text(['a', 'b', 'c'], input, pieces), { rows: sent });
      }),
      { seed },
    );
  });
});

function wellFormed(cell: string | null): string | null {
  return cell?.toWellFormed() ?? null;
}

/** As the server writes it. */
function written(cell: string | null): string {
  const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return cell?.replace(/[\\\n\r\t]/g, (found) => escapes[found] ?? found) ?? '\\N';
}
