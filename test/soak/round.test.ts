import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { gunzip, pgCopyFrom, pgCopyTo } from '../../src/index.ts';
import { chunked, collect, fingerprint } from '../support/bytes.ts';
import { describePostgres } from '../support/postgres.ts';
import { COLUMNS, ROW_CANARY, hashOfCompressed, roundData } from './round.ts';

describe('the data of a soak', () => {
  it('is the same for the same seed, and another for another', () => {
    const [first, again, other] = [1, 1, 2].map((seed) => roundData(seed, 10_000));
    assert.equal(first?.hash, again?.hash);
    assert.notEqual(first?.hash, other?.hash);
  });

  it('has the hash of what it decompresses to, and another as soon as one byte differs', () => {
    const { compressed, hash } = roundData(1, 10_000);
    assert.equal(hashOfCompressed(compressed), hash);
    assert.throws(() => hashOfCompressed(Buffer.concat([compressed.subarray(0, 500), compressed.subarray(501)])));
  });

  it('has a canary to be found in no error', () => {
    assert.ok(gunzipSync(roundData(1, 1_000).compressed).includes(ROW_CANARY));
  });
});

describePostgres('the data of a soak', (context) => {
  it('comes back from the server byte for byte', async () => {
    const { dsn, sql } = context();
    await sql(`CREATE TABLE soaked (${COLUMNS})`);
    const { compressed, rows } = roundData(7, 200_000);
    const sink = pgCopyFrom({ table: 'soaked', config: { dsn } });
    await pipeline(chunked(compressed), gunzip(), sink);
    assert.equal(sink.result?.rows, rows);
    const back = await collect(pgCopyTo({ query: 'SELECT * FROM soaked ORDER BY id', config: { dsn } }));
    assert.equal(fingerprint(back), fingerprint(gunzipSync(compressed)));
  });
});
