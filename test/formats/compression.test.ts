import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ConfigError } from '../../src/errors.ts';
import { decompress, gunzip, gzip, zstdDecompress } from '../../src/formats/index.ts';
import { codecs, gzipCodec, zstdCodec } from './codecs.ts';
import { countedCsv, fingerprint, run, sliced } from './samples.ts';

const data = countedCsv(300_000);

describe('compression', () => {
  for (const codec of codecs) {
    describe(codec.name, () => {
      it('gives back what it compressed', async () => {
        const packed = await run(codec.compress(), sliced(data, 10_000));
        const { output, ended, error } = await run(codec.decompress(), sliced(packed.output, 1_000));
        assert.equal(error, undefined);
        assert.ok(ended);
        assert.equal(fingerprint(output), fingerprint(data));
      });

      it('gives back nothing for compressed nothing', async () => {
        const packed = await run(codec.compress(), []);
        const { output, ended, error } = await run(codec.decompress(), [packed.output]);
        assert.deepEqual({ length: output.length, ended, error }, { length: 0, ended: true, error: undefined });
      });

      it('reads the same from any chunks, down to single bytes', async () => {
        const small = countedCsv(3_000);
        const packed = codec.compressSync(small);
        const cuts = fc.array(fc.integer({ min: 1, max: packed.length }), { maxLength: 12 });
        await fc.assert(
          fc.asyncProperty(cuts, async (sizes) => {
            const chunks: Buffer[] = [];
            let rest = packed;
            for (const size of sizes) {
              chunks.push(rest.subarray(0, size));
              rest = rest.subarray(size);
            }
            const { output, error } = await run(codec.decompress(), [...chunks, rest]);
            assert.equal(error, undefined);
            assert.equal(fingerprint(output), fingerprint(small));
          }),
          { numRuns: 60 },
        );
        const { output } = await run(codec.decompress(), sliced(packed, 1));
        assert.equal(fingerprint(output), fingerprint(small));
      });

      it('reads the same with every output chunk size', async () => {
        const packed = codec.compressSync(data);
        for (const chunkSize of [16 * 1024, 64 * 1024 + 1, 16 * 1024 * 1024]) {
          const { output } = await run(codec.decompress({ chunkSize }), [packed]);
          assert.equal(fingerprint(output), fingerprint(data));
        }
      });

      it('can be read with for await', async () => {
        const stream = codec.decompress();
        stream.end(codec.compressSync(data));
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        assert.equal(fingerprint(Buffer.concat(chunks)), fingerprint(data));
      });
    });
  }

  it('writes gzip that other readers read, smaller with a higher level', async () => {
    const fast = await run(gzip({ level: 1 }), [data]);
    const dense = await run(gzip({ level: 9 }), [data]);
    assert.equal(fingerprint(gunzipSync(fast.output)), fingerprint(data));
    assert.ok(dense.output.length < fast.output.length);
  });

  it('writes zstd with a checksum: a bit that no rule of the format minds is found by it', async () => {
    // Bytes that cannot be compressed are stored as they are.
    const noise = randomBytes(100_000);
    const { output: packed } = await run(zstdCodec.compress(), [noise]);
    assert.ok(packed.length > noise.length);
    packed.writeUInt8(packed.readUInt8(packed.length >> 1) ^ 1, packed.length >> 1);
    const { ended, error } = await run(zstdDecompress(), [packed]);
    assert.deepEqual([error?.code, ended], ['COMPRESSED_DATA_CORRUPT', false]);
  });

  it('refuses options that make no sense, when the stream is made', () => {
    const bad = [
      () => gunzip({ maxOutputBytes: -1 }),
      () => gunzip({ maxOutputBytes: 1.5 }),
      () => gunzip({ maxRatio: 0 }),
      () => gunzip({ maxRatio: NaN }),
      () => zstdDecompress({ chunkSize: 100 }),
      () => gzip({ level: 10 }),
      () => zstdCodec.compress({ level: 0 }),
    ];
    for (const make of bad)
      assert.throws(make, (error) => error instanceof ConfigError && error.code === 'CONFIG_INVALID');
  });
});

describe('decompress', () => {
  for (const codec of [gzipCodec, zstdCodec]) {
    it(`recognises ${codec.name}, even byte by byte`, async () => {
      const packed = codec.compressSync(countedCsv(2_000));
      const whole = await run(decompress(), [packed]);
      const bytewise = await run(decompress(), sliced(packed, 1));
      assert.equal(fingerprint(whole.output), fingerprint(countedCsv(2_000)));
      assert.equal(fingerprint(bytewise.output), fingerprint(countedCsv(2_000)));
    });
  }

  it('recognises zstd that begins with a skippable frame', async () => {
    const skippable = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const { output } = await run(decompress(), [Buffer.concat([skippable, zstdCodec.compressSync(data)])]);
    assert.equal(fingerprint(output), fingerprint(data));
  });

  it('passes plain bytes through unchanged, however few', async () => {
    const plain = ['', 'a', 'ab', 'abc', 'abcd', '\x1f', '\x28\xb5\x2f', '\x50\x2a\x4d', 'id,name\n1,x\n'];
    for (const text of plain) {
      for (const size of [1, 100]) {
        const bytes = Buffer.from(text, 'latin1');
        const { output, ended, error } = await run(decompress(), sliced(bytes, size));
        assert.deepEqual(
          { output: output.toString('latin1'), ended, error },
          { output: text, ended: true, error: undefined },
        );
      }
    }
  });

  it('passes large plain input through, and counts it against maxOutputBytes', async () => {
    const passed = await run(decompress(), sliced(data, 7_000));
    assert.equal(fingerprint(passed.output), fingerprint(data));
    const refused = await run(decompress({ maxOutputBytes: 10_000 }), sliced(data, 7_000));
    assert.equal(refused.error?.code, 'OUTPUT_LIMIT');
    assert.ok(refused.output.length <= 10_000);
  });

  for (const codec of [gzipCodec, zstdCodec]) {
    it(`stops a ${codec.name} bomb that it recognised`, async () => {
      const bomb = codec.compressSync(Buffer.alloc(16 * 1024 * 1024));
      const bytes = await run(decompress({ maxOutputBytes: 100_000 }), sliced(bomb, 1_000));
      assert.deepEqual([bytes.error?.code, bytes.ended, bytes.output.length <= 100_000], ['OUTPUT_LIMIT', false, true]);
      const ratio = await run(decompress({ maxRatio: 100 }), sliced(bomb, 1_000));
      assert.deepEqual([ratio.error?.code, ratio.ended], ['OUTPUT_LIMIT', false]);
    });

    it(`drops no second ${codec.name} member, whatever follows it`, async () => {
      const packed = codec.compressSync(countedCsv(2_000));
      const whole = await run(decompress(), [Buffer.concat([packed, packed])]);
      assert.equal(fingerprint(whole.output), fingerprint(Buffer.concat([countedCsv(2_000), countedCsv(2_000)])));
      const stray = await run(decompress(), [packed, packed, Buffer.from('x')]);
      assert.deepEqual([stray.error?.code, stray.ended], ['TRAILING_DATA', false]);
    });
  }

  it('reports a cut and damage in what it recognised', async () => {
    const cut = await run(decompress(), [gzipCodec.compressSync(data).subarray(0, 2)]);
    assert.equal(cut.error?.code, 'COMPRESSED_DATA_TRUNCATED');
    assert.equal(cut.error.operation, 'decompress');
  });
});
