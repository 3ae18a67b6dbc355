import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { chunked, csvRows } from '../support/bytes.ts';
import { assertSilent, rejection } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

const ROWS = 2_000;
const CANARY = 'c4n4ry';

interface BadRow {
  readonly name: string;
  readonly row: string;
  readonly sqlState: string;
  readonly column?: string;
}

const BAD_ROWS: readonly BadRow[] = [
  { name: 'a value of the wrong type', row: `${CANARY},x`, sqlState: '22P02', column: 'a' },
  { name: 'too few columns', row: '123456789', sqlState: '22P04', column: 'b' },
  { name: 'too many columns', row: `1,x,${CANARY}`, sqlState: '22P04' },
  { name: 'a number out of range', row: '99999999999,x', sqlState: '22003', column: 'a' },
];

describePostgres('a bad row', (context) => {
  let pool: pg.Pool;
  before(async () => {
    await context().sql('CREATE TABLE t (a int, b text)');
    pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
  });
  after(() => pool.end());

  for (const line of [1, 2, ROWS / 2, ROWS]) {
    for (const bad of BAD_ROWS) {
      it(`${bad.name} in line ${line}: names the place, holds no data, loads nothing, keeps the client`, async () => {
        const before = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        const lines = csvRows(ROWS).toString().trimEnd().split('\n');
        lines[line - 1] = bad.row;
        const sink = pgCopyFrom({ table: 't', client: pool });
        const error = await rejection(pipeline(chunked(Buffer.from(`${lines.join('\n')}\n`), 777), sink));
        assert.equal(error['code'], 'BAD_ROW');
        assert.equal(error['sqlState'], bad.sqlState);
        assert.equal(error['line'], line);
        if (bad.column !== undefined && bad.sqlState !== '22P04') assert.equal(error['column'], bad.column);
        assert.equal(error['retryable'], false);
        assert.equal(error['outcome'], 'not-done');
        assertSilent(error, CANARY, '99999999999', '123456789');
        const settled = await sink.settled;
        assert.equal(settled.outcome, 'not-done');
        assert.equal(settled.cleanup, 'confirmed');
        assertSilent(settled, CANARY, '99999999999', '123456789');
        assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
        const after = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        assert.equal(after.rows[0]?.pid, before.rows[0]?.pid);
      });
    }
  }

  it('an unterminated quote ends in an error that does not hold the rest of the data', async () => {
    const error = await rejection(
      pipeline(chunked(Buffer.from(`1,"${CANARY}\n2,x\n`)), pgCopyFrom({ table: 't', client: pool })),
    );
    assert.equal(error['code'], 'BAD_ROW');
    assertSilent(error, CANARY);
  });
});
