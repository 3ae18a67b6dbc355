import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { decodeCopy, pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { chunked } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';
import { CSV_GOLDENS } from './goldens/csv.ts';
import type { Golden, Loaded, Refused } from './goldens/golden.ts';
import { LOAD_GOLDENS } from './goldens/loads.ts';
import { TEXT_GOLDENS } from './goldens/text.ts';

const GOLDENS = [...TEXT_GOLDENS, ...CSV_GOLDENS, ...LOAD_GOLDENS];
/** Whatever cuts a character, an escape or a line end in two. */
const SIZES = [1, 3, 64 * 1024];
const TABLE = `CREATE TABLE g
  (id serial, a text, b text, c text, d text DEFAULT 'by itself', f text NOT NULL DEFAULT '', n int)`;

const columnsOf = ({ columns = ['a', 'b'] }: Golden): string[] => [...columns];
const bytesOf = ({ input }: Golden): Buffer => Buffer.from(input);

describe('the input of COPY that is known for its outcome', () => {
  const decodable = [...TEXT_GOLDENS, ...CSV_GOLDENS];
  it('is of so many kinds, and none twice', () => {
    assert.deepEqual([TEXT_GOLDENS.length, CSV_GOLDENS.length, LOAD_GOLDENS.length], [51, 38, 25]);
    assert.equal(new Set(GOLDENS.map(({ title }) => title)).size, GOLDENS.length);
    assert.deepEqual(
      decodable.filter(({ load }) => load !== undefined),
      [],
    );
  });

  for (const golden of decodable) {
    it(`is decoded, or refused, as the server does: ${golden.title}`, async () => {
      for (const size of SIZES) {
        const decoder = decodeCopy({ columns: columnsOf(golden), ...golden.options, rowMode: 'array' });
        const read = chunked(bytesOf(golden), size).pipe(decoder).toArray();
        await assertOutcome(golden.outcome, read, { hasSqlState: false });
      }
    });
  }
});

describePostgres('the input of COPY that is known for its outcome', (context) => {
  let pool: pg.Pool;
  let version: number;
  before(async () => {
    pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
    const [shown] = await context().sql('SHOW server_version_num');
    version = Math.floor(Number(shown?.['server_version_num']) / 10_000);
  });
  beforeEach(() => context().sql(`DROP TABLE IF EXISTS g; ${TABLE}`));
  after(() => pool.end());

  for (const golden of GOLDENS) {
    it(`is loaded, or refused with its SQLSTATE: ${golden.title}`, async () => {
      const columns = columnsOf(golden);
      const outcome: Golden['outcome'] =
        version >= (golden.since ?? 0)
          ? golden.outcome
          : { code: 'CONFIG_INVALID', sqlState: undefined, line: undefined };
      for (const size of SIZES) {
        await context().sql('TRUNCATE g');
        const sink = pgCopyFrom({ table: 'g', columns, ...golden.options, ...golden.load, client: pool });
        const load = async () => {
          await pipeline(chunked(bytesOf(golden), size), sink);
          const { rows, skipped } = sink.result ?? {};
          const found = await context().sql(`SELECT ${columns.join(', ')} FROM g ORDER BY id`);
          assert.deepEqual([rows, skipped], [found.length, (outcome as Loaded).skipped ?? 0]);
          return found.map((row) => columns.map((column) => row[column]));
        };
        await assertOutcome(outcome, load(), { hasSqlState: true });
        if (!('rows' in outcome)) assert.deepEqual(await context().sql('SELECT * FROM g'), []);
      }
    });
  }
});

async function assertOutcome(
  outcome: Loaded | Refused,
  work: Promise<unknown[]>,
  { hasSqlState }: { readonly hasSqlState: boolean },
): Promise<void> {
  if ('rows' in outcome) {
    assert.deepEqual(await work, outcome.rows);
    return;
  }
  const { code, sqlState, line } = await rejection(work);
  const { code: expected = 'BAD_ROW' } = outcome;
  if (hasSqlState) assert.deepEqual({ code, sqlState, line }, { ...outcome, code: expected });
  else assert.deepEqual({ code }, { code: expected });
}
