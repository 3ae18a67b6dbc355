import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { TRIP_COLUMNS, TRIP_HEADER, tripsCsv } from '../../bench/data/trips.ts';

describe('made-up trips', () => {
  it('are the same bytes for the same seed, on every machine and in every version', () => {
    assert.equal(fingerprint(1_000, 42), '7729712631be5829');
    assert.notEqual(fingerprint(1_000, 43), fingerprint(1_000, 42));
  });

  it('have as many fields in every row as there are columns', () => {
    const lines = csv(2_000, 7).trimEnd().split('\n');
    assert.equal(lines.length, 2_001);
    for (const line of lines) assert.equal(line.split(',').length, TRIP_COLUMNS.length, line);
  });

  it('are about 117 bytes a row', () => {
    const rows = 20_000;
    const perRow = (csv(rows, 42).length - TRIP_HEADER.length) / rows;
    assert.ok(perRow > 110 && perRow < 122, String(perRow));
  });

  it('come as their header line when there are none', () => {
    assert.equal(csv(0, 42), TRIP_HEADER);
  });
});

function csv(rows: number, seed: number): string {
  return Buffer.concat([...tripsCsv(rows, seed)]).toString('latin1');
}

function fingerprint(rows: number, seed: number): string {
  return createHash('sha256').update(csv(rows, seed)).digest('hex').slice(0, 16);
}
