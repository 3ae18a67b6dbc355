import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { chunked } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

/** Input of one column, and the rows it holds on a server that gives `\.` no meaning. */
const ONE_COLUMN: readonly (readonly [input: string, rows: readonly string[]])[] = [
  ['x\n\\.\ny\n', ['x', '\\.', 'y']],
  ['\\.\ny\n', ['\\.', 'y']],
  ['x\n\\.\n', ['x', '\\.']],
  ['x\n\\.', ['x', '\\.']],
  ['\\.', ['\\.']],
  ['x\r\n\\.\r\ny\r\n', ['x', '\\.', 'y']],
  ['x\r\\.\ry\r', ['x', '\\.', 'y']],
  ['x\n\\.a\n\\. \n a\\.\n', ['x', '\\.a', '\\. ', ' a\\.']],
  ['x\n\\..\n\\\ny\n', ['x', '\\..', '\\', 'y']],
  ['"a\n\\.\nb"\ny\n', ['a\n\\.\nb', 'y']],
  ['"a""\n\\.\n"""\n\\.\ny\n', ['a"\n\\.\n"', '\\.', 'y']],
  ['"\\."\n\\.\n\\.\ny\n', ['\\.', '\\.', '\\.', 'y']],
];

describePostgres('the end-of-data marker', (context) => {
  const config = () => ({ dsn: context().dsn });
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (id serial, v text, w text)');
  });

  for (const [input, rows] of ONE_COLUMN) {
    for (const size of [1, 2, 3, 1000]) {
      it(`is data in CSV: ${JSON.stringify(input)} in chunks of ${size} loads ${rows.length} rows`, async () => {
        const sink = pgCopyFrom({ table: 't', columns: ['v'], config: config() });
        await pipeline(chunked(Buffer.from(input), size), sink);
        assert.equal(sink.result?.rows, rows.length);
        const loaded = await context().sql('SELECT v FROM t ORDER BY id');
        assert.deepEqual(
          loaded.map(({ v }) => v),
          rows,
        );
      });
    }
  }

  it('is a row with too few columns in CSV of two columns, not an end', async () => {
    const sink = pgCopyFrom({ table: 't', columns: ['v', 'w'], config: config() });
    const error = await rejection(pipeline(chunked(Buffer.from('1,x\n\\.\n2,y\n')), sink));
    assert.equal(error['code'], 'BAD_ROW');
    assert.equal(error['line'], 2);
    assert.deepEqual(await context().sql('SELECT * FROM t'), []);
  });

  for (const size of [1, 2, 1000]) {
    it(`is refused in text format when rows follow it, in chunks of ${size}`, async () => {
      for (const input of ['x\n\\.\ny\n', '\\.\ny\n', 'x\\.\ny\n', 'x\\\\\\.\ny\n', 'x\r\n\\.\r\ny\r\n']) {
        const sink = pgCopyFrom({ table: 't', columns: ['v'], format: 'text', config: config() });
        const error = await rejection(pipeline(chunked(Buffer.from(input), size), sink));
        assert.equal(error['code'], 'END_OF_DATA_MARKER', JSON.stringify(input));
        assert.deepEqual(await context().sql('SELECT * FROM t'), []);
      }
    });
  }

  it('is data in CSV behind an escaped quote, where the escape is not the quote', async () => {
    for (const input of ['"a\\"b"\n\\.\ny\n', '"a\\\\"\n\\.\ny\n', 'a\\\n\\.\ny\n']) {
      const sink = pgCopyFrom({ table: 't', columns: ['v'], escape: '\\', config: config() });
      await pipeline(chunked(Buffer.from(input), 2), sink);
      assert.equal(sink.result?.rows, 3, JSON.stringify(input));
    }
  });

  it('is refused in text format when only empty rows follow it', async () => {
    for (const input of ['x\n\\.\n\n', '\\.\r\n\r\n', '\\.\r\r', '\\.\n\r\n']) {
      const sink = pgCopyFrom({ table: 't', columns: ['v'], format: 'text', config: config() });
      const error = await rejection(pipeline(chunked(Buffer.from(input), 1), sink));
      assert.equal(error['code'], 'END_OF_DATA_MARKER', JSON.stringify(input));
      assert.deepEqual(await context().sql('SELECT * FROM t'), []);
    }
  });

  it('is no record: as the end of text it counts for nothing in skipped', async () => {
    const options = { table: 't', columns: ['v'], format: 'text', where: "v <> 'y'", config: config() } as const;
    const sink = pgCopyFrom(options);
    await pipeline(chunked(Buffer.from('x\ny\n\\.\n'), 3), sink);
    assert.deepEqual([sink.result?.rows, sink.result?.skipped], [1, 1]);
  });

  it('fills a chunk of any size: many such lines in one write', async () => {
    const lines = 100_000;
    const sink = pgCopyFrom({ table: 't', columns: ['v'], config: config() });
    sink.end(Buffer.from('\\.\n'.repeat(lines)));
    assert.equal((await sink.settled).result?.rows, lines);
  });

  it('is harmless in text format as the very end, and an escaped backslash before a dot is data', async () => {
    const sink = pgCopyFrom({ table: 't', columns: ['v'], format: 'text', config: config() });
    await pipeline(chunked(Buffer.from('C:\\\\.x\nC:\\\\.\ny\n\\.\n'), 3), sink);
    assert.equal(sink.result?.rows, 3);
  });

  it('is data inside quotes, also where a line of it could not be quoted', async () => {
    const sink = pgCopyFrom({ table: 't', columns: ['v'], delimiter: '.', config: config() });
    await pipeline(chunked(Buffer.from('"a\n\\.\nb"\ny\n'), 2), sink);
    assert.deepEqual(await context().sql('SELECT v FROM t ORDER BY id'), [{ v: 'a\n\\.\nb' }, { v: 'y' }]);
  });
});
