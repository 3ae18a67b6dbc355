import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Decompressor } from '../../src/formats/decompressor.ts';
import type { Engine, Framing } from '../../src/formats/framing.ts';
import { GzipFraming } from '../../src/formats/gzip-framing.ts';
import { gunzip } from '../../src/formats/index.ts';
import { codecs, gzipCodec } from './codecs.ts';
import { countedCsv, run } from './samples.ts';

const MIB = 1024 * 1024;
const data = countedCsv(2 * MIB);
const packed = gzipCodec.compressSync(data);

/** A gunzip that remembers the engines it opened. */
function observedGunzip(engines: Engine[]): Decompressor {
  const gzip = new GzipFraming('gunzip', false);
  const framing: Framing = {
    operation: gzip.operation,
    openEngine: (chunkSize) => {
      const engine = gzip.openEngine(chunkSize);
      engines.push(engine);
      return engine;
    },
    scan: (input) => gzip.scan(input),
    bodyEnded: () => gzip.bodyEnded(),
    output: (chunk) => gzip.output(chunk),
    end: () => gzip.end(),
  };
  const choose = () => framing;
  return new Decompressor({ maxOutputBytes: 8 * MIB, maxRatio: 1100, chunkSize: MIB / 4, choose, chooseAtEnd: choose });
}

/** Gives `bytes` and never ends. */
function endless(bytes: Buffer): Readable {
  let given = false;
  return new Readable({
    read() {
      if (!given) this.push(bytes);
      given = true;
    },
  });
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a decompressor', () => {
  it('closes each engine at the end of its member, and all of them at the end', async () => {
    const engines: Engine[] = [];
    const { error, output } = await run(observedGunzip(engines), [packed, packed, packed]);
    await settle();
    assert.equal(error, undefined);
    assert.equal(output.length, 3 * data.length);
    assert.deepEqual(
      engines.map((engine) => engine.closed),
      [true, true, true],
    );
  });

  it('closes its engine on damage, truncation, a limit and a destroy at any moment', async () => {
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 50_000, 50_100);
    const inputs = [[damaged], [packed.subarray(0, -1)], [packed, Buffer.from('x')], Array<Buffer>(5).fill(packed)];
    for (const input of inputs) {
      const engines: Engine[] = [];
      const { error } = await run(observedGunzip(engines), input);
      await settle();
      assert.notEqual(error, undefined);
      assert.ok(engines.length > 0 && engines.every((engine) => engine.closed));
    }
    for (const delay of [0, 1, 3]) {
      const engines: Engine[] = [];
      const stream = observedGunzip(engines);
      stream.write(packed);
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      stream.destroy();
      stream.destroy();
      await once(stream, 'close');
      await settle();
      assert.equal(engines.length, 1);
      assert.ok(engines.every((engine) => engine.closed));
    }
  });

  it('closes its engine when a reader breaks off', async () => {
    const engines: Engine[] = [];
    const stream = observedGunzip(engines);
    stream.end(packed);
    for await (const chunk of stream) if ((chunk as Buffer).length > 0) break;
    await settle();
    assert.ok(stream.destroyed);
    assert.deepEqual(
      engines.map((engine) => engine.closed),
      [true],
    );
  });

  for (const codec of codecs) {
    it(`settles a pipeline at once when it is aborted in the middle of ${codec.name}`, async () => {
      const signal = AbortSignal.timeout(30);
      const began = performance.now();
      const stalled = new Writable({ write: () => undefined });
      const source = endless(codec.compressSync(data));
      await assert.rejects(pipeline(source, codec.decompress(), stalled, { signal }), { name: 'AbortError' });
      assert.ok(performance.now() - began < 1_000);
    });
  }

  it('does not end before the last check: a wrong CRC gives an error after all of the data, and no end', async () => {
    const damaged = Buffer.from(packed);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 6) ^ 1, damaged.length - 6);
    const { output, ended, error } = await run(gunzip(), [damaged]);
    assert.equal(error?.code, 'COMPRESSED_DATA_CORRUPT');
    assert.ok(!ended);
    assert.ok(output.length <= data.length);
  });

  it('gives out a member while the input goes on', async () => {
    const stream = gunzip();
    stream.write(packed);
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
    while (bytes < data.length) await once(stream, 'data');
    assert.equal(bytes, data.length);
    assert.ok(!stream.readableEnded);
    stream.destroy();
  });

  for (const codec of codecs) {
    it(`reads on at the speed of a slow reader of ${codec.name}, in order, to the last byte`, async () => {
      const members = codec.name === 'brotli' ? 1 : 2;
      const part = data.subarray(0, MIB);
      const input = Buffer.concat(Array<Buffer>(members).fill(codec.compressSync(part)));
      const slow = new PassThrough({ highWaterMark: 1 });
      const reading = (async () => {
        let bytes = 0;
        for await (const chunk of slow as AsyncIterable<Buffer>) {
          const at = bytes % MIB;
          const expected = Buffer.concat([part, part]).subarray(at, at + chunk.length);
          assert.ok(expected.equals(chunk));
          bytes += chunk.length;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return bytes;
      })();
      await pipeline(Readable.from([input]), codec.decompress({ chunkSize: 16 * 1024 }), slow);
      assert.equal(await reading, members * MIB);
    });

    it(`finds trailing data after ${codec.name} although the reader is slow`, async () => {
      const input = Buffer.concat([codec.compressSync(data), Buffer.from('x')]);
      const stream = codec.decompress({ chunkSize: 16 * 1024 });
      stream.end(input);
      const reading = (async () => {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          assert.ok(chunk.length > 0);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      })();
      await assert.rejects(reading, { code: 'TRAILING_DATA' });
    });
  }
});
