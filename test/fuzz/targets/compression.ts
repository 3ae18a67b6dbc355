/** gunzip, zstd, brotli and the one that guesses: round trips, node:zlib's opinion, independence of chunks, limits. */
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import fc from 'fast-check';
import type { ErrorCode } from '../../../src/errors.ts';
import { brotliDecompress, decompress, gunzip, zstdDecompress } from '../../../src/formats/index.ts';
import { must, mustEqual } from '../broken.ts';
import { cuts, damaged } from '../mutation.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';
import { mustAgree, runThrough } from './streams.ts';

const CODES: readonly ErrorCode[] = [
  'COMPRESSED_DATA_TRUNCATED',
  'COMPRESSED_DATA_CORRUPT',
  'TRAILING_DATA',
  'OUTPUT_LIMIT',
];

/** No member of any format begins like this. */
const JUNK = Buffer.from('junk');

/** Text that compresses, bytes that do not, nothing, and what fills a window. */
const payload: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.nat(3_000))
    .map(([text, times]) => Buffer.from(text.repeat(times))),
  fc.constantFrom(0, 1, 1_000, 40_000).map((length) => Buffer.alloc(length)),
);

interface Codec {
  readonly make: () => Transform;
  readonly limited: (maxOutputBytes: number) => Transform;
  /** Writers of one member, for inputs. */
  readonly writers: readonly ((bytes: Buffer) => Buffer)[];
  /** What node:zlib makes of it, or `undefined` when it refuses. */
  readonly peer: (bytes: Buffer) => Buffer | undefined;
  /** Node stops after the first member. */
  readonly readsFirstAlone?: boolean;
  /** How many members there may be. */
  readonly members: number;
}

const opinion =
  (decode: (bytes: Buffer) => Buffer) =>
  (bytes: Buffer): Buffer | undefined => {
    try {
      return decode(bytes);
    } catch {
      return undefined;
    }
  };

const compressed =
  (codec: Codec): OpenTarget =>
  () => {
    const writer = fc.constantFrom(...codec.writers);
    const member = fc.tuple(payload, writer).map(([plain, write]) => ({ plain, bytes: write(plain) }));
    const members = fc.array(member, { minLength: 1, maxLength: codec.members });
    const input = members.chain((parts) =>
      fc.record({
        plain: fc.constant(Buffer.concat(parts.map(({ plain }) => plain))),
        given: damaged(fc.constant(Buffer.concat(parts.map(({ bytes }) => bytes)))),
        cuts,
        limit: fc.nat(5_000),
      }),
    );
    return target({
      input,
      async check({ plain, given: { bytes, intact }, cuts: sizes, limit }) {
        const few = bytes.length > 20_000 && sizes[0] === 1 ? [997] : sizes;
        const whole = await runThrough(codec.make(), bytes, [], CODES);
        if (intact) {
          must(whole.code === undefined, `what was written cannot be read: ${whole.code ?? ''}`);
          mustEqual(whole.output, plain, 'another output than was written');
          const longer = await runThrough(codec.make(), Buffer.concat([bytes, JUNK]), few, CODES);
          must(longer.code !== undefined, 'what follows the end is taken for nothing');
        }
        mustAgree(whole, await runThrough(codec.make(), bytes, few, CODES));
        if (whole.code === undefined) {
          const expected = codec.peer(bytes);
          must(expected !== undefined, 'it takes what node:zlib refuses');
          mustEqual(whole.output.subarray(0, expected.length), expected, 'node:zlib reads something else');
        }
        const limited = await runThrough(codec.limited(limit), bytes, few, CODES);
        must(limited.output.length <= limit, `${limited.output.length} bytes came out of a limit of ${limit}`);
        if (whole.code === undefined && whole.output.length > limit)
          must(limited.code === 'OUTPUT_LIMIT', 'no limit was kept');
      },
    });
  };

/** A member as other tools write it: with any of the optional fields of RFC 1952. */
const withHeader =
  (flags: number) =>
  (plain: Buffer): Buffer => {
    const [name, comment, extra] = [Buffer.from('a name\0'), Buffer.from('a comment\0'), Buffer.from([3, 0, 1, 2, 3])];
    const fields = [flags & 4 ? extra : [], flags & 8 ? name : [], flags & 16 ? comment : []].map((each) =>
      Buffer.from(each),
    );
    const head = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]), ...fields]);
    const check = Buffer.alloc(2);
    check.writeUInt16LE(zlib.crc32(head) & 0xffff);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(zlib.crc32(plain), 0);
    trailer.writeUInt32LE(plain.length % 2 ** 32, 4);
    return Buffer.concat([head, flags & 2 ? check : Buffer.alloc(0), zlib.deflateRawSync(plain), trailer]);
  };

const gzipWriters = [
  (bytes: Buffer) => zlib.gzipSync(bytes, { level: 1 }),
  (bytes: Buffer) => zlib.gzipSync(bytes, { level: 0 }),
  ...[0, 2, 4, 8, 16, 30].map(withHeader),
];
const zstdWriters = [
  (bytes: Buffer) => zlib.zstdCompressSync(bytes),
  (bytes: Buffer) => zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } }),
];
const brotliWriters = [
  (bytes: Buffer) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } }),
];

const gzip: Codec = {
  make: () => gunzip(),
  limited: (maxOutputBytes) => gunzip({ maxOutputBytes }),
  ...{ writers: gzipWriters, peer: opinion((bytes) => zlib.gunzipSync(bytes)), members: 3 },
};

const zstd: Codec = {
  make: () => zstdDecompress(),
  limited: (maxOutputBytes) => zstdDecompress({ maxOutputBytes }),
  ...{
    writers: zstdWriters,
    peer: opinion((bytes) => zlib.zstdDecompressSync(bytes)),
    members: 3,
    readsFirstAlone: true,
  },
};

/** What `decompress` goes by; skippable frames (RFC 8878, section 3.1.2) are zstd's as well. */
const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isZstd = (bytes: Buffer): boolean =>
  bytes.length >= 4 && (bytes.readUInt32LE(0) === 0xfd2fb528 || (bytes.readUInt32LE(0) & 0xfffffff0) === 0x184d2a50);

export const compression = {
  gunzip: compressed(gzip),
  zstd: compressed(zstd),
  brotli: compressed({
    make: () => brotliDecompress(),
    limited: (maxOutputBytes) => brotliDecompress({ maxOutputBytes }),
    ...{ writers: brotliWriters, peer: opinion((bytes) => zlib.brotliDecompressSync(bytes)), members: 1 },
  }),
  decompress: compressed({
    make: () => decompress({ maxRatio: Infinity }),
    limited: (maxOutputBytes) => decompress({ maxOutputBytes, maxRatio: Infinity }),
    ...{ writers: [...gzipWriters, ...zstdWriters], members: 1, readsFirstAlone: true },
    peer: (bytes) => (isGzip(bytes) ? gzip.peer(bytes) : isZstd(bytes) ? zstd.peer(bytes) : bytes),
  }),
} satisfies Record<string, OpenTarget>;
