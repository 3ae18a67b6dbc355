import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CopyDataReader } from '../../../../src/connectors/postgres/copy/copy-data-reader.ts';
import { fingerprint } from '../../../support/bytes.ts';

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const COPY_OUT = message('H', Buffer.of(0, 0, 0));
const COPY_DONE = message('c', Buffer.alloc(0));
const END = Buffer.concat([COPY_DONE, message('C', Buffer.from('COPY 3\0')), message('Z', Buffer.from('T'))]);

/** Everything that comes out of `wire` when it arrives in pieces of the given sizes. */
function read(wire: Buffer, sizes: readonly number[]): { data: Buffer; others: string[]; rest: Buffer } {
  const reader = new CopyDataReader();
  const data: Buffer[] = [];
  const others: string[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let isOver = false;
  for (let at = 0, turn = 0; at < wire.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const piece = Buffer.from(wire.subarray(at, at + size));
    at += piece.length;
    if (isOver) {
      rest = Buffer.concat([rest, piece]);
      continue;
    }
    const taken = reader.take(piece);
    data.push(Buffer.from(taken.data));
    others.push(...taken.others.map((other) => other.toString('latin1')));
    isOver = taken.rest !== undefined;
    rest = Buffer.from(taken.rest ?? []);
  }
  return { data: Buffer.concat(data), others, rest };
}

describe("the reader of COPY's data", () => {
  const row = fc.oneof(fc.nat(12), fc.nat(200), fc.constant(70_000));
  const beside = fc.constantFrom('N', 'A', 'S');
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 90_000 })), {
    minLength: 1,
  });

  it('gives every row in order, whatever the pieces it arrives in and whatever comes between', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(row, beside), { maxLength: 40 }), sizes, (items, pieces) => {
        const rows = items.map((item, n) => (typeof item === 'number' ? Buffer.alloc(item, `${n};`) : item));
        const wire = rows.map((item) =>
          typeof item === 'string' ? message(item, Buffer.from(`${item} said\0`)) : message('d', item),
        );
        const { data, others, rest } = read(Buffer.concat([COPY_OUT, ...wire, END]), pieces);
        const expected = rows.filter((item) => typeof item !== 'string');
        assert.equal(fingerprint(data), fingerprint(Buffer.concat(expected)));
        assert.deepEqual(
          others.map((other) => other[0]),
          ['H', ...rows.filter((item) => typeof item === 'string')],
        );
        assert.equal(fingerprint(rest), fingerprint(END));
      }),
      { numRuns: 300 },
    );
  });

  it('stops at an error in the middle, and leaves it whole', () => {
    const error = message('E', Buffer.from('SERROR\0C57014\0\0'));
    const { data, rest } = read(Buffer.concat([COPY_OUT, message('d', Buffer.from('1\n')), error]), [3]);
    assert.equal(data.toString(), '1\n');
    assert.equal(fingerprint(rest), fingerprint(error));
  });

  it('refuses what is no message', () => {
    const reader = new CopyDataReader();
    assert.throws(() => reader.take(Buffer.of(0x64, 0, 0, 0, 3, 1, 2, 3)), { code: 'SERVER_ERROR' });
  });

  it('gives back the buffer that came, without another one', () => {
    const piece = Buffer.concat([message('d', Buffer.from('1\n')), message('d', Buffer.from('2\n'))]);
    const { data } = new CopyDataReader().take(piece);
    assert.equal(data.toString(), '1\n2\n');
    assert.equal(data.buffer, piece.buffer);
  });
});
