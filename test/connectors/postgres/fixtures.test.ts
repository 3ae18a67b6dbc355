import assert from 'node:assert/strict';
import { createReadStream, readdirSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom } from '../../../src/connectors/postgres/index.ts';
import { skipHeader } from '../../../src/formats/index.ts';
import { describePostgres } from '../../support/postgres.ts';

const FOLDER = path.join(import.meta.dirname, '../../../fixtures/csv');

/** The rows of each file, as a reader of RFC 4180 sees them; null is an empty field without quotes. */
const ROWS: Readonly<Record<string, readonly (readonly (string | null)[])[]>> = {
  'awkward-values.csv': [
    ['1', '=1+1'],
    ['2', '\x1a'],
    ['3', '\u{1f4a7} e\u0301'],
    ['4', 'NULL'],
    ['5', '\\N'],
  ],
  'bom-crlf.csv': [
    ['1', 'Ada'],
    ['2', 'Grace "Amazing"'],
  ],
  'end-of-data-marker.csv': [['x'], ['\\.'], ['a\n\\.\nb'], ['y']],
  'header-only.csv': [],
  'line-breaks-in-quotes.csv': [
    ['1', 'first\nsecond'],
    ['2', null],
    ['3', ''],
  ],
};

describePostgres('the awkward files', (context) => {
  it('are all listed here', () => {
    assert.deepEqual(readdirSync(FOLDER).sort(), Object.keys(ROWS).sort());
  });

  for (const [file, rows] of Object.entries(ROWS)) {
    it(`${file}: every row arrives as it is, whatever the chunks`, async () => {
      const columns = ['a', 'b'].slice(0, rows[0]?.length ?? 2);
      for (const highWaterMark of [1, 7, 65_536]) {
        await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (id serial, a text, b text)');
        const source = createReadStream(path.join(FOLDER, file), { highWaterMark });
        const sink = pgCopyFrom({ table: 't', columns, config: { dsn: context().dsn } });
        await pipeline(source, skipHeader(), sink);
        assert.equal(sink.result?.rows, rows.length);
        const loaded = await context().sql(`SELECT ${columns.join(', ')} FROM t ORDER BY id`);
        assert.deepEqual(
          loaded.map((row) => columns.map((column) => row[column])),
          rows,
        );
      }
    });
  }
});
