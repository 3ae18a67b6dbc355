import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { combineCrc32, createChecksum, encodeCrc32 } from '../../src/core/checksum.ts';

const chunks = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });

describe('core/checksum', () => {
  it('gives the published values for "123456789"', () => {
    const digests = (['crc32', 'sha1', 'sha256'] as const).map((algorithm) => {
      const checksum = createChecksum(algorithm);
      checksum.update(Buffer.from('123456789'));
      return Buffer.from(checksum.digest(), 'base64').toString('hex');
    });
    assert.deepEqual(digests, [
      'cbf43926',
      'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
      '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
    ]);
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

  it('derives the CRC-32 of an object from those of its parts', () => {
    fc.assert(
      fc.property(chunks, (parts) => {
        const combined = parts.reduce((crc, part) => combineCrc32(crc, crc32(part), part.length), 0);
        assert.equal(combined, crc32(Buffer.concat(parts)));
      }),
    );
  });

  it('combines over lengths beyond 32 bits as over their halves', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.integer({ min: 2 ** 31, max: 2 ** 48 }), (crc, half) => {
        assert.equal(combineCrc32(crc, 0, half * 2), combineCrc32(combineCrc32(crc, 0, half), 0, half));
        assert.equal(combineCrc32(crc, 0, half + 1), combineCrc32(combineCrc32(crc, 0, half), 0, 1));
      }),
    );
  });

  it('combines the parts of the largest upload in well under a second', () => {
    const started = performance.now();
    let crc = 1;
    for (let part = 0; part < 10_000; part += 1) crc = combineCrc32(crc, part, 5 * 2 ** 30);
    assert.ok(performance.now() - started < 1_000);
    assert.ok(crc >= 0 && crc <= 0xffffffff);
  });
});
