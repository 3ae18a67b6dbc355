import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutInto, cuts, damaged } from './mutation.ts';

const bytes = fc.uint8Array({ maxLength: 200 }).map((list) => Buffer.from(list));

describe('inputs that are almost right', () => {
  it('are cut into chunks without losing, adding or moving a byte', () => {
    fc.assert(
      fc.property(bytes, cuts, (whole, sizes) => {
        const pieces = cutInto(whole, sizes);
        assert.ok(Buffer.concat(pieces).equals(whole));
      }),
    );
  });

  it('are damaged often, and said to be intact only when they are', () => {
    const original = Buffer.from('0123456789'.repeat(10));
    const made = fc.sample(damaged(fc.constant(original)), { numRuns: 1_000, seed: 1 });
    const intact = made.filter((each) => each.intact).length;
    assert.ok(intact > 100 && intact < 900, `${intact} of 1,000 intact`);
    for (const each of made) assert.equal(each.bytes.equals(original), each.intact);
  });
});
