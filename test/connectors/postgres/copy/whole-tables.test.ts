import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { decodeCopy, encodeCopy, pgCopyFrom, pgCopyRows, pgCopyTo } from '../../../../src/connectors/postgres/index.ts';
import { chunked, collect, fingerprint } from '../../../support/bytes.ts';
import { describePostgres } from '../../../support/postgres.ts';

const ROWS = 500;
const FORMATS = ['text', 'csv', 'binary'] as const;
/** A piece that is no multiple of anything. */
const PIECE_BYTES = 4_099;

/** Tables of many kinds of values, made by the server from the numbers of their rows, with a NULL now and then. */
const TABLES: Readonly<Record<string, string>> = {
  numbers: `n::int2 AS small, (n * 7919)::int4 AS plain, n::int8 * 9007199254740993 AS large, sin(n)::float4 AS single,
    n / 7.0::float8 AS double, (n / 7.0)::numeric(20, 6) AS exact, n % 2 = 0 AS flag, n::oid AS id`,
  texts: `md5(n::text)::name AS name, repeat(chr(n % 60 + 33), n % 40) AS text, md5(n::text)::char(40) AS padded,
    CASE n % 8 WHEN 0 THEN E'two\\nlines' WHEN 1 THEN 'a "quote"' WHEN 2 THEN '' WHEN 3 THEN NULL WHEN 4 THEN E'\\\\.'
      WHEN 5 THEN E'tab\\there' WHEN 6 THEN '\\N' ELSE 'ünï 𝄞, 文字' END AS awkward`,
  shapes: `point(n, -n) AS point, circle(point(n, n), n / 4.0) AS circle, box(point(n, n), point(0, -n)) AS box,
    lseg(point(0, n), point(n, 0)) AS segment, polygon(box(point(0, 0), point(n, n))) AS polygon,
    ('[(' || n || ',1),(2,' || n || ')]')::path AS path`,
  lists: `ARRAY[n, NULL, -n] AS numbers, ARRAY[[md5(n::text), ''], ['a,b', E'\\\\"{}']] AS texts, '{}'::int[] AS empty,
    ARRAY[n % 2 = 0, NULL] AS flags`,
  documents: `jsonb_build_object('n', n, 'deep', jsonb_build_array(NULL, 'x"y', n / 4::float8)) AS document`,
  searches: `to_tsvector('simple', 'row number ' || n) AS words, to_tsquery('simple', 'row & ' || n) AS asked`,
  moments: `date '1960-02-28' + n * 101 AS day, timestamp '1969-12-31 23:59:59.5' + n * interval '1 hour 7.25 s' AS here,
    timestamptz '2000-01-01 00:00:00.125+00' + n * interval '17 h' AS everywhere, make_interval(0, n, 0, n % 31, n % 24) AS span,
    time '00:00:00.25' + n * interval '41 s' AS hour`,
  addresses: `('10.' || n % 256 || '.0.1/24')::inet AS host, md5(n::text)::uuid AS id, decode(md5(n::text), 'hex') AS bytes,
    n::bit(12) AS bits, int4range(n, n + 5) AS range, macaddr '08:00:2b:01:02:03' AS card`,
};

describePostgres('a whole table', (context) => {
  let client: pg.Client;
  before(async () => {
    client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
    for (const [name, columns] of Object.entries(TABLES)) {
      await client.query(`CREATE TABLE ${name} AS SELECT ${columns} FROM generate_series(1, ${ROWS}) AS n`);
      await client.query(`CREATE TABLE again_${name} (LIKE ${name})`);
    }
  });
  after(() => client.end());

  for (const name of Object.keys(TABLES)) {
    for (const format of FORMATS) {
      // Vectors of words are not encoded in binary.
      if (name === 'searches' && format === 'binary') continue;
      it(`of ${name} goes out, in, and through rows as ${format}, and is the same to the byte`, async () => {
        const again = { table: `again_${name}`, client };
        const asWritten = await collect(client.query(copyTo(`COPY ${name} TO STDOUT (FORMAT ${format})`)));
        const written = async (): Promise<string> => {
          const bytes = await collect(pgCopyTo({ ...again, format }));
          await client.query(`TRUNCATE ${again.table}`);
          return fingerprint(bytes);
        };
        assert.equal(fingerprint(await collect(pgCopyTo({ table: name, client, format }))), fingerprint(asWritten));

        const load = pgCopyFrom({ ...again, format });
        await pipeline(chunked(asWritten, PIECE_BYTES), load);
        assert.equal(load.result?.rows, ROWS);
        assert.equal(await written(), fingerprint(asWritten));

        const { rows, fields } = await client.query<object>(`SELECT * FROM ${name}`);
        const columns = fields.map(({ name: column, dataTypeID: type }) => ({ name: column, type }));
        const source = chunked(asWritten, PIECE_BYTES);
        assert.deepStrictEqual(await source.pipe(decodeCopy({ columns, format })).toArray(), rows);

        await pipeline(rows, encodeCopy({ columns, format }), pgCopyFrom({ ...again, format }));
        assert.equal(await written(), fingerprint(asWritten));
        await pipeline(rows, pgCopyRows({ ...again, format: format === 'binary' ? 'binary' : 'text' }));
        assert.equal(await written(), fingerprint(asWritten));
      });
    }
  }
});
