import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { CHECKSUM_ALGORITHMS, createChecksum, encodeCrc32 } from '../../src/core/checksum.ts';
import type { ChecksumAlgorithm } from '../../src/core/checksum.ts';

const chunks = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });

describe('core/checksum', () => {
  // Of CRCs: the catalogue of parametrised CRC algorithms (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME), "check".
  const PUBLISHED: Readonly<Record<ChecksumAlgorithm, string>> = {
    crc32: 'cbf43926',
    crc32c: 'e3069283',
    crc64nvme: 'ae8b14860a799888',
    md5: '25f9e794323b453885f5181f1b624d0b',
    sha1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
    sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
    sha512:
      'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
  };
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    it(`gives the published ${algorithm} of "123456789"`, () => {
      const checksum = createChecksum(algorithm);
      checksum.update(Buffer.from('123456789'));
      assert.equal(Buffer.from(checksum.digest(), 'base64').toString('hex'), PUBLISHED[algorithm]);
    });
  }

  it('gives the CRCs that the definition gives, bit by bit', () => {
    fc.assert(
      fc.property(chunks, (parts) => {
        const checksums = [createChecksum('crc32c'), createChecksum('crc64nvme')];
        for (const part of parts) for (const checksum of checksums) checksum.update(part);
        const whole = Buffer.concat(parts);
        const expected = [bitwise(whole, 0x82f63b78n, 32), bitwise(whole, 0x9a6c9329ac4bc9b5n, 64)];
        assert.deepEqual(
          checksums.map((checksum) => Buffer.from(checksum.digest(), 'base64').toString('hex')),
          expected,
        );
      }),
    );
  });

  it('gives the checksum of no bytes before the first update', () => {
    assert.equal(createChecksum('crc32').digest(), 'AAAAAA==');
    assert.equal(createChecksum('sha1').digest(), createHash('sha1').digest('base64'));
  });

  it('does not depend on how the bytes are cut, and may be asked in between', () => {
    fc.assert(
      fc.property(chunks, fc.constantFrom('sha1' as const, 'sha256' as const), (parts, algorithm) => {
        const [crc, hash] = [createChecksum('crc32'), createChecksum(algorithm)];
        for (const part of parts) {
          for (const checksum of [crc, hash]) {
            checksum.update(part);
            checksum.digest();
          }
        }
        const whole = Buffer.concat(parts);
        assert.equal(crc.digest(), encodeCrc32(crc32(whole)));
        assert.equal(hash.digest(), createHash(algorithm).update(whole).digest('base64'));
      }),
    );
  });
});

/** Hexadecimal. */
function bitwise(bytes: Buffer, polynomial: bigint, width: number): string {
  const ones = (1n << BigInt(width)) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return (crc ^ ones).toString(16).padStart(width / 4, '0');
}
