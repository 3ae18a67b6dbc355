import assert from 'node:assert/strict';
import type { Transform } from 'node:stream';
import { inspect } from 'node:util';
import { crc32, deflateRawSync } from 'node:zlib';
import { PermanentError } from '../../src/errors.ts';
import { brotliDecompress, gunzip, zstdDecompress } from '../../src/formats/index.ts';
import { brotliCodec, codecs, gzipCodec, zstdCodec } from './codecs.ts';
import { countedCsv, fingerprint, random, run, sliced } from './samples.ts';

const data = countedCsv(40_000);
const first = countedCsv(900);
const second = countedCsv(70_000);
const both = Buffer.concat([first, second]);
const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const codeOf = async (stream: Transform, ...chunks: Buffer[]) => {
  const { ended, error } = await run(stream, chunks);
  return `${error?.code ?? 'no error'}${ended ? ', ended' : ''}`;
};

describe(`compressed input (TEST_SEED=${seed})`, () => {
  for (const codec of codecs) {
    describe(codec.name, () => {
      const golden = codec.compressSync(data);

      it('never takes a truncated input for a whole one, wherever it was cut', async () => {
        const next = random(seed);
        const cuts = [
          ...Array.from({ length: 32 }, (_, at) => golden.length - 1 - at),
          ...Array.from({ length: 50 }, () => Math.floor(next() * golden.length)),
          ...Array.from({ length: 24 }, (_, at) => at),
        ];
        assert.equal(cuts.length, 106);
        for (const cut of cuts) {
          const got = await codeOf(codec.decompress(), golden.subarray(0, cut));
          assert.equal(got, 'COMPRESSED_DATA_TRUNCATED', `cut at ${cut} of ${golden.length}`);
        }
        assert.equal(await codeOf(codec.decompress()), 'COMPRESSED_DATA_TRUNCATED');
      });

      it('finds bytes after the end, in the same chunk or a later one, be it one', async () => {
        for (const tail of ['x', '\n', '\0x', 'some garbage', 'PK\x03\x04']) {
          const bytes = Buffer.from(tail, 'latin1');
          assert.equal(
            await codeOf(codec.decompress(), Buffer.concat([golden, bytes])),
            'TRAILING_DATA',
            inspect(tail),
          );
          assert.equal(await codeOf(codec.decompress(), golden, bytes), 'TRAILING_DATA', inspect(tail));
          assert.equal(await codeOf(codec.decompress(), golden, ...sliced(bytes, 1)), 'TRAILING_DATA', inspect(tail));
        }
      });

      it('does not say what the data were', async () => {
        const secret = Buffer.from('4111-canary-1111,'.repeat(3_000));
        const packed = codec.compressSync(secret);
        packed.writeUInt8(packed.readUInt8(packed.length >> 1) ^ 0xff, packed.length >> 1);
        for (const input of [secret, packed, Buffer.concat([codec.compressSync(data), secret])]) {
          const { error } = await run(codec.decompress(), [input]);
          assert.ok(error instanceof PermanentError);
          assert.deepEqual([error.stage, error.operation], ['transfer', codec.decompress.name]);
          assert.ok(!inspect(error, { showHidden: true, depth: 12 }).includes('canary'));
        }
      });
    });
  }

  for (const codec of [gzipCodec, zstdCodec]) {
    it(`finds every flipped bit that means anything in a ${codec.name} body or trailer`, async () => {
      const golden = codec.compressSync(data);
      const next = random(seed);
      const offsets = Array.from({ length: 60 }, () => 20 + Math.floor(next() * (golden.length - 20)));
      const codes = new Set<string>();
      for (const offset of offsets) {
        const damaged = Buffer.from(golden);
        damaged.writeUInt8(damaged.readUInt8(offset) ^ (1 << Math.floor(next() * 8)), offset);
        const { output, ended, error } = await run(codec.decompress(), [damaged]);
        if (ended) {
          // Both formats pad tables and bit streams to whole bytes; no decoder reads those bits.
          assert.equal(fingerprint(output), fingerprint(data), `offset ${offset}`);
          continue;
        }
        const code = error?.code ?? 'no error';
        assert.match(code, /^(COMPRESSED_DATA_(CORRUPT|TRUNCATED)|TRAILING_DATA|OUTPUT_LIMIT)$/, `offset ${offset}`);
        codes.add(code);
      }
      assert.ok(codes.has('COMPRESSED_DATA_CORRUPT'));
    });

    it(`never drops a second ${codec.name} member of which any bit is flipped`, async () => {
      const [head, tail] = [codec.compressSync(first), codec.compressSync(second)];
      const next = random(seed);
      const bits = [
        ...Array.from({ length: 4 * 8 }, (_, bit) => bit),
        ...Array.from({ length: 30 }, () => Math.floor(next() * tail.length * 8)),
        ...Array.from({ length: 8 * 8 }, (_, bit) => tail.length * 8 - 1 - bit),
      ];
      assert.equal(bits.length, 126);
      for (const bit of bits) {
        const damaged = Buffer.from(tail);
        damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const { output, ended, error } = await run(codec.decompress(), [Buffer.concat([head, damaged])]);
        // A bit of a time stamp is nobody's business.
        const isWhole = ended && fingerprint(output) === fingerprint(both);
        assert.ok(isWhole || (!ended && error !== undefined), `bit ${bit}: ${output.length} bytes and no error`);
      }
    });

    it(`reads every ${codec.name} member, wherever the chunks are cut`, async () => {
      const members = Buffer.concat([first, second].map((part) => codec.compressSync(part)));
      const boundary = codec.compressSync(first).length;
      for (const cut of [1, boundary - 9, boundary - 1, boundary, boundary + 1, boundary + 5, members.length]) {
        const { output, ended, error } = await run(codec.decompress(), [
          members.subarray(0, cut),
          members.subarray(cut),
        ]);
        assert.equal(error, undefined);
        assert.ok(ended);
        assert.equal(fingerprint(output), fingerprint(both), `cut at ${cut}`);
      }
      const bytewise = await run(codec.decompress(), sliced(members, 1));
      assert.equal(fingerprint(bytewise.output), fingerprint(both));
    });

    it(`reads hundreds of small and empty ${codec.name} members in one chunk`, async () => {
      const empty = codec.compressSync(Buffer.alloc(0));
      const parts = Array.from({ length: 300 }, (_, at) => Buffer.from(`member ${at}\n`));
      const packed = Buffer.concat(parts.flatMap((part) => [codec.compressSync(part), empty]));
      const { output, error } = await run(codec.decompress(), [packed]);
      assert.equal(error, undefined);
      assert.equal(fingerprint(output), fingerprint(Buffer.concat(parts)));
    });

    it(`is whole when it ends between ${codec.name} members, and not one byte later`, async () => {
      const members = Buffer.concat([first, second].map((part) => codec.compressSync(part)));
      const boundary = codec.compressSync(first).length;
      assert.equal(await codeOf(codec.decompress(), members.subarray(0, boundary)), 'no error, ended');
      for (const extra of [1, 2, 3, 4, 9, 12]) {
        const cut = members.subarray(0, boundary + extra);
        assert.equal(await codeOf(codec.decompress(), cut), 'COMPRESSED_DATA_TRUNCATED', `${extra} bytes more`);
      }
    });
  }
});

describe('gunzip input', () => {
  const packed = gzipCodec.compressSync(first);

  it('does not drop a second member whose first byte is zero', async () => {
    const damaged = gzipCodec.compressSync(second);
    damaged.writeUInt8(0, 0);
    assert.equal(await codeOf(gunzip(), Buffer.concat([packed, damaged])), 'TRAILING_DATA');
    assert.equal(await codeOf(gunzip(), packed, damaged), 'TRAILING_DATA');
    assert.equal(await codeOf(gunzip({ allowZeroPadding: true }), packed, damaged), 'TRAILING_DATA');
  });

  it('takes zero padding only when it was allowed, and only up to the end', async () => {
    const padding = Buffer.alloc(3_000);
    assert.equal(await codeOf(gunzip(), packed, padding), 'TRAILING_DATA');
    assert.equal(await codeOf(gunzip({ allowZeroPadding: true }), packed, padding), 'no error, ended');
    assert.equal(await codeOf(gunzip({ allowZeroPadding: true }), Buffer.concat([packed, padding])), 'no error, ended');
    assert.equal(await codeOf(gunzip({ allowZeroPadding: true }), packed, padding, packed), 'TRAILING_DATA');
    assert.equal(await codeOf(gunzip({ allowZeroPadding: true }), padding), 'COMPRESSED_DATA_CORRUPT');
  });

  for (const extraLength of [0, 5, 300, 65_535]) {
    it(`reads a header with every optional field, ${extraLength} bytes of extra, and checks its checksum`, async () => {
      const fields = Buffer.concat([
        Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3]),
        Buffer.from([extraLength & 0xff, extraLength >> 8]),
        Buffer.alloc(extraLength, 'x\0'),
        Buffer.from('name.csv\0a comment\0'),
      ]);
      const headerCrc = Buffer.alloc(2);
      headerCrc.writeUInt16LE(crc32(fields) & 0xffff);
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(crc32(second), 0);
      trailer.writeUInt32LE(second.length, 4);
      const member = Buffer.concat([fields, headerCrc, deflateRawSync(second), trailer]);
      for (const chunks of [[member], sliced(member, 1)]) {
        const { output, error } = await run(gunzip(), chunks);
        assert.equal(error, undefined);
        assert.equal(fingerprint(output), fingerprint(second));
      }

      const damaged = Buffer.from(member);
      damaged.write('N', fields.indexOf('name'));
      assert.equal(await codeOf(gunzip(), damaged), 'COMPRESSED_DATA_CORRUPT');
    });
  }

  it('finds a wrong CRC-32, a wrong length, an unknown method and unknown flags', async () => {
    for (const offset of [packed.length - 8, packed.length - 1, 2]) {
      const damaged = Buffer.from(packed);
      damaged.writeUInt8(damaged.readUInt8(offset) ^ 1, offset);
      assert.equal(await codeOf(gunzip(), damaged), 'COMPRESSED_DATA_CORRUPT');
    }
    const flagged = Buffer.from(packed);
    flagged.writeUInt8(0x80, 3);
    assert.equal(await codeOf(gunzip(), flagged), 'COMPRESSED_DATA_CORRUPT');
  });

  it('says which format it was given instead', async () => {
    const zstd = await run(gunzip(), [zstdCodec.compressSync(data)]);
    assert.equal(zstd.error?.code, 'COMPRESSED_DATA_CORRUPT');
    assert.match(zstd.error.message, /not gzip \(it starts with the zstd magic number\): use decompress\(\)/);
    const gzip = await run(zstdDecompress(), [packed]);
    assert.match(gzip.error?.message ?? '', /not zstd \(it starts with the gzip magic number\): use decompress\(\)/);
    const plain = await run(gunzip(), [data]);
    assert.match(plain.error?.message ?? '', /not gzip/);
  });

  it("keeps zlib's code in the cause", async () => {
    const damaged = gzipCodec.compressSync(data);
    damaged.fill(0xff, 2_000, 2_100);
    const { error } = await run(gunzip(), [damaged]);
    assert.equal(error?.code, 'COMPRESSED_DATA_CORRUPT');
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'Z_DATA_ERROR');
  });
});

describe('zstd input', () => {
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9]);
  const packed = zstdCodec.compressSync(second);

  it('passes over skippable frames before, between and after', async () => {
    const input = Buffer.concat([skippable, zstdCodec.compressSync(first), skippable, skippable, packed, skippable]);
    for (const size of [1, 5, input.length]) {
      const { output, error } = await run(zstdDecompress(), sliced(input, size));
      assert.equal(error, undefined);
      assert.equal(fingerprint(output), fingerprint(both));
    }
    assert.equal(await codeOf(zstdDecompress(), packed, skippable.subarray(0, -1)), 'COMPRESSED_DATA_TRUNCATED');
  });

  it('refuses zero padding', async () => {
    assert.equal(await codeOf(zstdDecompress(), packed, Buffer.alloc(8)), 'TRAILING_DATA');
  });
});

describe('brotli input', () => {
  it('is one stream: a second one is trailing data', async () => {
    const packed = brotliCodec.compressSync(first);
    assert.equal(await codeOf(brotliDecompress(), Buffer.concat([packed, packed])), 'TRAILING_DATA');
    assert.equal(await codeOf(brotliDecompress(), packed, packed), 'TRAILING_DATA');
  });
});
