import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rowDecoder } from '../../../../src/connectors/postgres/rows/row-decoder.ts';
import { RowReader } from '../../../../src/connectors/postgres/rows/row-reader.ts';
import { seed } from '../../../support/seed.ts';
import { COMPLETE, SUSPENDED, dataRow, message } from './messages.ts';

const decode = rowDecoder([{ name: 'a', dataTypeID: 25, format: 'text' }], 'array', () => (text) => text);

/** Everything that comes out of `wire` when it arrives in pieces of the given sizes. */
function read(wire: Buffer, sizes: readonly number[]): { rows: unknown[]; others: string[]; rest: string } {
  const rows: unknown[] = [];
  const others: string[] = [];
  const reader = new RowReader({ decode, other: (other) => others.push(other.toString('latin1')) });
  let rest: Buffer | undefined;
  for (let at = 0, turn = 0; at < wire.length; turn += 1) {
    const piece = wire.subarray(at, at + (sizes[turn % sizes.length] ?? 1));
    at += piece.length;
    if (rest !== undefined) rest = Buffer.concat([rest, piece]);
    else {
      const taken = reader.take(Buffer.from(piece));
      rows.push(...taken.rows);
      ({ rest } = taken);
    }
  }
  return { rows, others, rest: (rest ?? Buffer.alloc(0)).toString('latin1') };
}

describe(`the reader of rows (seed ${seed})`, () => {
  const value = fc.oneof(fc.constant(null), fc.string({ maxLength: 20 }), fc.constant('é'.repeat(3_000)));
  const beside = fc.constantFrom(message('N', 'said'), message('T', 'columns'), SUSPENDED);
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9_000 })), {
    minLength: 1,
  });

  it('gives every row in order, whatever the pieces it arrives in and whatever comes between', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(value, beside), { maxLength: 30 }), sizes, (items, pieces) => {
        const wire = items.map((item) => (Buffer.isBuffer(item) ? item : dataRow([item])));
        assert.deepEqual(read(Buffer.concat([...wire, COMPLETE]), pieces), {
          rows: items.filter((item) => !Buffer.isBuffer(item)).map((item) => [item]),
          others: items.filter((item) => Buffer.isBuffer(item)).map((item) => item.toString('latin1')),
          rest: COMPLETE.toString('latin1'),
        });
      }),
      { seed },
    );
  });

  it('refuses what is no message, and a row that is longer inside than outside', () => {
    const refused = { code: 'SERVER_ERROR' };
    assert.throws(() => read(Buffer.from('N\0\0\0\x03'), [100]), refused);
    const row = dataRow(['abc']);
    row.writeInt32BE(4, 7);
    assert.throws(() => read(Buffer.concat([row, COMPLETE]), [100]), refused);
  });
});
