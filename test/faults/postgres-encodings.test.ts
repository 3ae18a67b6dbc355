import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { chunked, collect } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

/** A character of each encoding whose second byte is that of a backslash. */
const BACKSLASHED: readonly (readonly [encoding: string, character: string, bytes: readonly number[]])[] = [
  ['SJIS', 'ソ', [0x83, 0x5c]],
  ['SHIFT_JIS_2004', 'ソ', [0x83, 0x5c]],
  ['win932', '表', [0x95, 0x5c]],
  ['BIG5', '功', [0xa5, 0x5c]],
  ['GBK', '乗', [0x81, 0x5c]],
  ['GB18030', '乗', [0x81, 0x5c]],
];
/** Others, of one, two or four bytes. */
const OTHERS: readonly (readonly [encoding: string, character: string, bytes: readonly number[]])[] = [
  ['LATIN1', 'é', [0xe9]],
  ['WIN1252', '€', [0x80]],
  ['SJIS', 'ｿ', [0xbf]],
  ['EUC_JP', '表', [0xc9, 0xbd]],
  ['GB18030', 'ÿ', [0x81, 0x30, 0x8b, 0x37]],
  ['UHC', '가', [0xb0, 0xa1]],
];

describePostgres('input in another encoding', (context) => {
  beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (n serial, v text)'));
  const load = async (bytes: Buffer, options: object) => {
    const target = { table: 't', columns: ['v'], config: { dsn: context().dsn }, ...options };
    const sink = pgCopyFrom(target);
    await pipeline(chunked(bytes, 1), sink);
    return sink.result;
  };
  const values = async () => (await context().sql('SELECT v FROM t ORDER BY n')).map(({ v }) => v);

  for (const [encoding, character, bytes] of [...BACKSLASHED, ...OTHERS]) {
    it(`${encoding}: ${character} is loaded, counted and read back as it was, in CSV and text`, async () => {
      const given = Buffer.from([...bytes, 0x0a, ...bytes, 0x78, 0x0a]);
      for (const format of ['csv', 'text']) {
        await context().sql('TRUNCATE t');
        const result = await load(given, { format, encoding, where: "v <> 'none'" });
        assert.deepEqual([result?.rows, result?.skipped], [2, 0]);
        assert.deepEqual(await values(), [character, `${character}x`]);
        const query = 'SELECT v FROM t ORDER BY n';
        const config = { dsn: context().dsn };
        assert.deepEqual(await collect(pgCopyTo({ query, format: format as 'csv', encoding, config })), given);
      }
    });
  }

  for (const [encoding, character, bytes] of BACKSLASHED) {
    it(`${encoding}: the second byte of ${character} before a dot is no end-of-data marker in text, which is still found`, async () => {
      const line = [...bytes, 0x2e, 0x0a];
      await load(Buffer.from([...line, ...line]), { format: 'text', encoding });
      assert.deepEqual(await values(), [`${character}.`, `${character}.`]);
      const marked = Buffer.from([...bytes, 0x0a, 0x5c, 0x2e, 0x0a, ...bytes, 0x0a]);
      const error = await rejection(load(marked, { format: 'text', encoding }));
      assert.equal(error['code'], 'END_OF_DATA_MARKER');
    });

    it(`${encoding}: the second byte of ${character} escapes no quote: a line behind it is data, and counted`, async () => {
      const quoted = [0x22, ...bytes, 0x22, 0x0a];
      const given = Buffer.from([...quoted, 0x78, 0x0a, 0x5c, 0x2e, 0x78, 0x0a, ...quoted]);
      const result = await load(given, { encoding, escape: '\\', where: "v <> 'x'" });
      assert.deepEqual(await values(), [character, String.raw`\.x`, character]);
      assert.deepEqual([result?.rows, result?.skipped], [3, 1]);
      // Escaped by a backslash of its own the marker cannot be quoted: it is refused, or loaded, but never ends the data.
      const marked = Buffer.from([...quoted, 0x5c, 0x2e, 0x0a, ...quoted]);
      await context().sql('TRUNCATE t');
      await load(marked, { encoding, escape: '\\' });
      assert.deepEqual(await values(), [character, String.raw`\.`, character]);
    });
  }
});
