import assert from 'node:assert/strict';
import { OutputLimit, RATIO_GRACE_BYTES } from '../../src/formats/output-limit.ts';
import { gunzip } from '../../src/formats/index.ts';
import { eventually } from '../support/leaks.ts';
import { codecs, gzipCodec } from './codecs.ts';
import { countedCsv, fingerprint, run, sliced } from './samples.ts';

const MIB = 1024 * 1024;
const zeros = Buffer.alloc(48 * MIB);

describe('the output limit', () => {
  it('admits up to maxOutputBytes exactly, and names the limit that the rest exceeds', () => {
    const limit = new OutputLimit({ maxOutputBytes: 100, maxRatio: Infinity });
    assert.deepEqual(limit.admit(60, 1), { room: 60 });
    assert.deepEqual(limit.admit(40, 1), { room: 40 });
    const over = limit.admit(1, 1);
    assert.equal(over.room, 0);
    assert.match(over.exceeded ?? '', /maxOutputBytes \(100\)/);
  });

  it('counts the ratio only after the grace', () => {
    const limit = new OutputLimit({ maxOutputBytes: Infinity, maxRatio: 10 });
    assert.deepEqual(limit.admit(RATIO_GRACE_BYTES, 1), { room: RATIO_GRACE_BYTES });
    assert.match(limit.admit(1, 1).exceeded ?? '', /maxRatio \(10\)/);
  });

  for (const codec of codecs) {
    it(`lets ${codec.name} output of exactly maxOutputBytes pass, and not one byte more`, async () => {
      const data = countedCsv(3 * MIB);
      const packed = codec.compressSync(data);
      const exact = await run(codec.decompress({ maxOutputBytes: data.length }), sliced(packed, 50_000));
      assert.equal(exact.error, undefined);
      assert.equal(fingerprint(exact.output), fingerprint(data));

      const maxOutputBytes = data.length - 1;
      const over = await run(codec.decompress({ maxOutputBytes }), sliced(packed, 50_000));
      assert.equal(over.error?.code, 'OUTPUT_LIMIT');
      assert.equal(over.error.operation, codec.decompress.name);
      assert.ok(!over.ended);
      assert.equal(fingerprint(over.output), fingerprint(data.subarray(0, over.output.length)));
      assert.ok(over.output.length <= maxOutputBytes);
    });

    it(`stops a ${codec.name} bomb by its ratio, soon after the grace`, async () => {
      const bomb = codec.compressSync(zeros);
      const { output, ended, error } = await run(codec.decompress({ maxRatio: 100 }), sliced(bomb, 1_000));
      assert.equal(error?.code, 'OUTPUT_LIMIT');
      assert.ok(!ended);
      assert.ok(output.length <= 3 * MIB, `${output.length} bytes came out`);
    });

    it(`holds a bounded part of a ${codec.name} bomb while nobody reads`, async () => {
      const chunkSize = MIB / 4;
      const stream = codec.decompress({ maxRatio: Infinity, chunkSize });
      const before = process.memoryUsage().arrayBuffers;
      stream.write(codec.compressSync(zeros));
      await eventually(() => assert.ok(stream.readableLength > 0));
      // Time in which it could go on.
      await new Promise((resolve) => setTimeout(resolve, 150));
      const held = process.memoryUsage().arrayBuffers - before;
      assert.ok(stream.readableLength <= 3 * chunkSize, `${stream.readableLength} bytes`);
      assert.ok(held < 16 * chunkSize, `${held} bytes held`);
      stream.destroy();
    });
  }

  it('refuses no gzip file by default, not even one of zeros', async () => {
    const { output, error } = await run(gunzip(), [gzipCodec.compressSync(zeros)]);
    assert.equal(error, undefined);
    assert.equal(output.length, zeros.length);
  });

  it('refuses zstd and brotli bombs by default', async () => {
    const [, zstd, brotli] = codecs;
    for (const codec of [zstd, brotli]) {
      const { error } = await run(codec.decompress(), [codec.compressSync(zeros)]);
      assert.equal(error?.code, 'OUTPUT_LIMIT');
      assert.match(error.message, /maxRatio \(1100\)/);
    }
  });
});
