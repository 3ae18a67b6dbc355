import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createChecksum } from '../../src/core/checksum.ts';
import type { ChecksumAlgorithm } from '../../src/core/checksum.ts';
import { joinedChecksum } from '../../src/core/joined-checksum.ts';

const CRCS = [
  ['crc32', 4],
  ['crc32c', 4],
  ['crc64nvme', 8],
] as const;

const checksumOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): string => {
  const checksum = createChecksum(algorithm);
  checksum.update(bytes);
  return checksum.digest();
};

describe('core/joined-checksum', () => {
  for (const [algorithm, bytes] of CRCS) {
    const some = fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((crc) => Buffer.from(crc).toString('base64'));
    const ofZero = Buffer.alloc(bytes).toString('base64');

    it(`derives the ${algorithm} of an object from those of its parts`, () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }), (parts) => {
          const of = parts.map((part) => ({ size: part.length, value: checksumOf(algorithm, part) }));
          assert.equal(joinedChecksum(algorithm, of), checksumOf(algorithm, Buffer.concat(parts)));
        }),
      );
    });

    it(`joins ${algorithm} over lengths beyond 32 bits as over their halves`, () => {
      fc.assert(
        fc.property(some, fc.integer({ min: 2 ** 31, max: 2 ** 48 }), (value, half) => {
          const followed = (...sizes: readonly number[]): string | undefined =>
            joinedChecksum(algorithm, [{ size: 1, value }, ...sizes.map((size) => ({ size, value: ofZero }))]);
          assert.equal(followed(half * 2), followed(half, half));
          assert.equal(followed(half + 1), followed(half, 1));
        }),
        { numRuns: 20 },
      );
    });
  }

  it('is undefined of hashes, which the parts do not tell', () => {
    assert.equal(joinedChecksum('sha256', []), undefined);
  });
});
