import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { decodeCopy, encodeCopy } from '../../../../src/connectors/postgres/index.ts';
import { seed } from '../../../support/seed.ts';

const TYPES = ['int4', 'int8', 'float8', 'bool', 'text', 'timestamptz', 'timestamp'] as const;
const AWKWARD = [
  '',
  '\\N',
  '\\.',
  'NULL',
  'null',
  '"',
  "'",
  '\\',
  ',',
  ';',
  '|',
  '\t',
  '\n',
  '\r\n',
  '^',
  ']',
  '%',
  '_',
  '~',
];

const text = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc
    .array(fc.oneof(fc.constantFrom(...AWKWARD), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 6 })
    .map((parts) => parts.join('').replaceAll('\0', '')),
);
// The years that have four digits for every reader.
const moment = fc.date({
  min: new Date('1000-01-02T00:00:00Z'),
  max: new Date('9999-12-30T00:00:00Z'),
  noInvalidDate: true,
});
const values = {
  int4: fc.integer(),
  int8: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  float8: fc.double(),
  bool: fc.boolean(),
  text,
  timestamptz: moment,
  timestamp: moment,
};
const row = fc.record(
  Object.fromEntries(TYPES.map((type) => [type, fc.option(values[type] as fc.Arbitrary<unknown>, { freq: 10 })])),
);
const mark = fc.constantFrom(...Array.from(',;|\t!#$%&()*/<=>?@[]^_`{}~'));
const header = fc.boolean();
const word = fc.constantFrom('NULL', 'null', 'x', '\\N');
const formats = fc.oneof(
  fc.constant({ format: 'binary' as const }),
  fc.record(
    { format: fc.constant('text' as const), header, delimiter: mark, null: word },
    { requiredKeys: ['format'] },
  ),
  fc
    .record(
      {
        ...{ format: fc.constant('csv' as const), header, delimiter: mark, null: fc.oneof(word, fc.constant('')) },
        ...{ quote: fc.oneof(mark, fc.constantFrom('"', "'")), escape: fc.oneof(mark, fc.constantFrom('"', '\\')) },
      },
      { requiredKeys: ['format'] },
    )
    .filter(({ delimiter = ',', quote = '"' }) => delimiter !== quote),
);

describe(`rows that are encoded and decoded (seed ${seed})`, () => {
  it('are what they were, in every format and under all options', async () => {
    const columns = TYPES.map((type) => ({ name: type, type }));
    await fc.assert(
      fc.asyncProperty(formats, fc.array(row, { maxLength: 10 }), async (options, rows) => {
        const bytes = await Readable.from(rows)
          .pipe(encodeCopy({ columns, ...options }))
          .toArray();
        const back = await Readable.from(bytes)
          .pipe(decodeCopy({ columns, ...options }))
          .toArray();
        assert.deepStrictEqual(
          back,
          rows.map((given) => ({ ...given })),
        );
      }),
      { seed, numRuns: 1_000 },
    );
  });

  it('are what they were where quote and escape mean something to JavaScript when it replaces', async () => {
    const columns = [{ name: 't' }];
    const texts = ["'", '$', '$$', "$'", '$&', 'a`b'];
    for (const quote of ["'", '`', '&', '$']) {
      const dialect = { columns, format: 'csv', quote, escape: '$' } as const;
      const rows = texts.map((t) => ({ t }));
      const back = await Readable.from(rows).pipe(encodeCopy(dialect)).pipe(decodeCopy(dialect)).toArray();
      assert.deepEqual(back, rows, quote);
    }
  });

  it('of arrays without an element, and with one missing, are whole arrays in binary format', async () => {
    const columns = [{ name: 'list', type: 'text[]' }];
    const types = { getTypeParser: () => String };
    const missing = (...values: unknown[]): unknown[] => Object.assign(new Array(values.length + 1), values);
    const rows = [[[[]]], [[missing('a'), ['b', 'c']]], [missing()]];
    const bytes = await Readable.from(rows)
      .pipe(encodeCopy({ columns, format: 'binary' }))
      .toArray();
    const back = await Readable.from(bytes)
      .pipe(decodeCopy({ columns, format: 'binary', types }))
      .toArray();
    assert.deepEqual(back, [{ list: '{}' }, { list: '{{a,NULL},{b,c}}' }, { list: '{NULL}' }]);
  });

  const wrong: [what: string, options: object][] = [
    ['a delimiter that dates have', { delimiter: '-' }],
    ['a delimiter that is the quote', { delimiter: ';', quote: ';' }],
    ['a quote that numbers have', { quote: '1' }],
    ['an escape that is a letter', { escape: 'e' }],
    ['a NULL that numbers have', { null: 'NaN' }],
    ['a NULL with the delimiter', { delimiter: '_', null: 'a_b' }],
    ['a NULL of nothing in text format', { format: 'text', null: '' }],
    ['a quote in text format', { format: 'text', quote: '"' }],
    ['a delimiter in binary format', { format: 'binary', delimiter: ',' }],
  ];
  for (const [what, options] of wrong) {
    it(`are refused at once for ${what}`, () => {
      const make = (): unknown => encodeCopy({ columns: [{ name: 'a', type: 'int4' }], ...options });
      assert.throws(make, { name: 'ConfigError', code: 'CONFIG_INVALID' });
    });
  }
});
