/** The transforms of this package, as subjects. What they write is read, and what they read is written, by Node's zlib. */
import type { Transform } from 'node:stream';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import {
  brotliCompress,
  brotliDecompress,
  decodeCopy,
  decompress,
  encodeCopy,
  gunzip,
  gzip,
  skipHeader,
  zstdCompress,
  zstdDecompress,
} from '../../../src/index.ts';
import { binaryRows } from '../../connectors/postgres/decoding/binary-rows.ts';
import type { Subject } from '../check.ts';
import { content } from '../transform/content.ts';
import type { BadInput, TransformPlace } from '../transform/place.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const CHUNK = 64 * KIB;
const SECRET = 'very-secret';

export interface TransformSubject extends Subject<TransformPlace> {
  readonly factory: string;
  /** Whether any input is refused at all. */
  readonly refuses: boolean;
}

/** Every transform that the package exports, each in the ways that it can be used. */
export function transformSubjects(): readonly TransformSubject[] {
  return [
    compressor('gzip', gzip, (output) => gunzipSync(output)),
    compressor('zstdCompress', zstdCompress, (output) => zstdDecompressSync(output)),
    compressor('brotliCompress', brotliCompress, (output) => brotliDecompressSync(output)),
    decompressor('gunzip', 'gunzip', gunzip, twice(gzipped), badGzip(gunzip)),
    decompressor('zstdDecompress', 'zstdDecompress', zstdDecompress, twice(zstd), badZstd(zstdDecompress)),
    decompressor('brotliDecompress', 'brotliDecompress', brotliDecompress, brotli, badBrotli()),
    decompressor('decompress', 'decompress of gzip', decompress, twice(gzipped), badGzip(decompress).slice(1)),
    decompressor('decompress', 'decompress of zstd', decompress, twice(zstd), badZstd(decompress).slice(1)),
    decompressor('decompress', 'decompress of plain bytes', decompress, (plain) => plain, [
      overLimit(() => decompress({ maxOutputBytes: 10 }), content(1_000)),
    ]),
    headerSkipper(),
    rowDecoder('text', Buffer.from('a\tb\n')),
    rowDecoder('csv', Buffer.from('"never closed')),
    rowDecoder('binary', Buffer.from('no signature of binary COPY')),
    rowEncoder(),
  ];
}

/** Rows of one column: each line of the input. */
function rowDecoder(format: 'text' | 'csv' | 'binary', bad: Buffer): TransformSubject {
  const options = { columns: ['line'], format, rowMode: 'array' } as const;
  const isBinary = format === 'binary';
  const tooLong = isBinary
    ? binaryRows([`${SECRET}${'x'.repeat(1_000)}`])
    : Buffer.from(`${SECRET}${'x'.repeat(1_000)}`);
  return subject('decodeCopy', `decodeCopy of ${format}`, {
    transform: () => asLines(decodeCopy(options)),
    input: (size) => (isBinary ? binaryRows(linesOf(content(size))) : content(size)),
    expected: (size) => withLineEnd(content(size)),
    read: (output) => output,
    bad: [
      { what: 'no such format', input: Buffer.concat([bad, Buffer.from(SECRET)]), code: 'BAD_ROW', secret: SECRET },
      {
        ...{ what: 'a row that is too long', input: tooLong, code: 'BAD_ROW', secret: SECRET },
        make: () => asLines(decodeCopy({ ...options, maxRecordBytes: 1_000 })),
      },
    ],
    badOptions: [
      () => decodeCopy({ columns: [] }),
      () => decodeCopy({ ...options, delimiter: isBinary ? ',' : 'ab' }),
      () => decodeCopy({ ...options, maxRecordBytes: 0 }),
      () => decodeCopy({ columns: [{ name: 'a', type: 'no type' }] }),
    ],
    ...(isBinary ? { emptyCode: 'BAD_ROW' } : {}),
    maxHeldBytes: 4 * CHUNK,
  });
}

/** The suite is about bytes: of each row, the line that it was made of. */
function asLines(rows: Transform): Transform {
  const push = rows.push.bind(rows);
  rows.push = (row: readonly string[] | null) => push(row === null ? null : Buffer.from(`${row[0] ?? ''}\n`));
  return rows;
}

function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

type Options = Readonly<Record<string, unknown>>;

/** What every place says alike. */
const SIZES = {
  buffers: [CHUNK],
  ...{ someBytes: 5 * CHUNK + 1_234, manyBytes: 3 * MIB, patienceMs: 15_000 },
};

function compressor(
  factory: string,
  make: (options?: Options) => Transform,
  read: (output: Buffer) => Buffer,
): TransformSubject {
  return subject(factory, factory, {
    transform: () => make({ level: 1, chunkSize: CHUNK }),
    input: content,
    expected: content,
    read,
    bad: [],
    badOptions: [() => make({ level: 99 }), () => make({ chunkSize: 1 })],
    // The window and block of the engine are not in our memory; zstd takes a block before it gives any.
    maxHeldBytes: 2 * MIB,
  });
}

function decompressor(
  factory: string,
  name: string,
  make: (options?: Options) => Transform,
  compressed: (plain: Buffer) => Buffer,
  bad: readonly BadInput[],
): TransformSubject {
  const isPlain = compressed(content(10)).equals(content(10));
  return subject(factory, name, {
    transform: () => make({ chunkSize: CHUNK }),
    input: (size) => compressed(content(size)),
    expected: content,
    read: (output) => output,
    bad,
    badOptions: [() => make({ chunkSize: 1 }), () => make({ maxOutputBytes: -1 }), () => make({ maxRatio: 0 })],
    ...(factory === 'decompress' || isPlain ? {} : { emptyCode: 'COMPRESSED_DATA_TRUNCATED' }),
    // Two lots of input of 512 KiB each, the chunk that went over, and the output.
    maxHeldBytes: 2 * 512 * KIB + 6 * CHUNK,
  });
}

function headerSkipper(): TransformSubject {
  const header = Buffer.from('number,"a header\nof two lines"\n');
  const tooLong = Buffer.from(`${SECRET},"never closed\n${'x'.repeat(20_000)}`);
  const limited = (): Transform => skipHeader({ maxHeaderBytes: 1_000 });
  return subject('skipHeader', 'skipHeader', {
    transform: () => skipHeader(),
    input: (size) => Buffer.concat([header, content(size)]),
    expected: (size) => withLineEnd(content(size)),
    read: (output) => output,
    bad: [{ what: 'a header without an end', input: tooLong, code: 'BAD_ROW', secret: SECRET, make: limited }],
    badOptions: [() => skipHeader({ quote: 'ab' }), () => skipHeader({ maxHeaderBytes: 0 })],
    maxHeldBytes: 4 * CHUNK,
  });
}

/** Every chunk is a row of one column of bytes, which are read out of COPY's text. */
function rowEncoder(): TransformSubject {
  const make = (): Transform => encodeCopy({ columns: [{ name: 'bytes', type: 'bytea' }], format: 'text' });
  const columns = ['bytes'];
  return subject('encodeCopy', 'encodeCopy', {
    transform: () => rowOfEachChunk(make()),
    input: content,
    expected: content,
    read: (output) => Buffer.from(output.toString('latin1').replaceAll(/[\\x\n]/g, ''), 'hex'),
    bad: [],
    badOptions: [
      () => encodeCopy({ columns: [] }),
      () => encodeCopy({ columns: ['a', 'a'] }),
      () => encodeCopy({ columns, format: 'binary' }),
      () => encodeCopy({ columns, delimiter: 'ab' }),
    ],
    maxHeldBytes: 2 * MIB,
  });
}

/** Takes bytes as every transform does, and gives each chunk to `stream` as a row. */
function rowOfEachChunk(stream: Transform): Transform {
  const asRow = (chunk: unknown): unknown => (chunk instanceof Uint8Array ? { bytes: chunk } : chunk);
  const { write, end } = stream as { write(...args: unknown[]): boolean; end(...args: unknown[]): unknown };
  return Object.assign(stream, {
    write: (chunk: unknown, ...rest: unknown[]) => write.call(stream, asRow(chunk), ...rest),
    end: (chunk: unknown, ...rest: unknown[]) => end.call(stream, asRow(chunk), ...rest),
  });
}

function subject(
  factory: string,
  name: string,
  parts: Omit<TransformPlace, keyof typeof SIZES | 'assertClean' | typeof Symbol.asyncDispose>,
): TransformSubject {
  const nothing = (): Promise<void> => Promise.resolve();
  const [input, expected] = [remembered(parts.input), remembered(parts.expected)];
  const place = { ...SIZES, ...parts, input, expected, assertClean: nothing, [Symbol.asyncDispose]: nothing };
  return { factory, name, refuses: parts.bad.length > 0, open: () => Promise.resolve(place) };
}

/** So that nothing is compressed twice. Who gets the bytes must leave them as they are. */
function remembered(make: (size: number) => Buffer): (size: number) => Buffer {
  const made = new Map<number, Buffer>();
  return (size) => {
    const bytes = made.get(size) ?? make(size);
    made.set(size, bytes);
    return bytes;
  };
}

/** Two members, or frames, one behind the other. */
function twice(compress: (plain: Buffer) => Buffer): (plain: Buffer) => Buffer {
  return (plain) => {
    const half = plain.length >> 1;
    return Buffer.concat([compress(plain.subarray(0, half)), compress(plain.subarray(half))]);
  };
}

function gzipped(plain: Buffer): Buffer {
  return gzipSync(plain, { level: 1 });
}

function zstd(plain: Buffer): Buffer {
  return zstdCompressSync(plain, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

function brotli(plain: Buffer): Buffer {
  return brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}

function badGzip(make: (options?: Options) => Transform): readonly BadInput[] {
  return [
    foreign(),
    ...badMembers(gzipped, 6_000),
    overLimit(() => make({ maxOutputBytes: 10 }), gzipped(content(1_000))),
  ];
}

function badZstd(make: (options?: Options) => Transform): readonly BadInput[] {
  return [foreign(), ...badMembers(zstd, 6_000), overLimit(() => make({ maxOutputBytes: 10 }), zstd(content(1_000)))];
}

/** The format has no checksum: a flipped bit need not show. */
function badBrotli(): readonly BadInput[] {
  const bad = badMembers(brotli, 6_000).filter(({ code }) => code !== 'COMPRESSED_DATA_CORRUPT');
  return [...bad, overLimit(() => brotliDecompress({ maxOutputBytes: 10 }), brotli(content(1_000)))];
}

function foreign(): BadInput {
  const input = Buffer.from(`${SECRET}\n`.repeat(100));
  return { what: 'plain text', input, code: 'COMPRESSED_DATA_CORRUPT', secret: SECRET };
}

function badMembers(compress: (plain: Buffer) => Buffer, size: number): readonly BadInput[] {
  const whole = compress(content(size));
  const damaged = Buffer.from(whole);
  const middle = whole.length >> 1;
  damaged[middle] = (damaged[middle] ?? 0) ^ 0x40;
  const trailing = Buffer.concat([whole, Buffer.from(SECRET)]);
  return [
    { what: 'a member that ends early', input: whole.subarray(0, middle), code: 'COMPRESSED_DATA_TRUNCATED' },
    { what: 'a member without its last byte', input: whole.subarray(0, -1), code: 'COMPRESSED_DATA_TRUNCATED' },
    { what: 'a damaged member', input: damaged, code: 'COMPRESSED_DATA_CORRUPT' },
    { what: 'something behind the last member', input: trailing, code: 'TRAILING_DATA', secret: SECRET },
  ];
}

function overLimit(make: () => Transform, input: Buffer): BadInput {
  return { what: 'more than was allowed', input, code: 'OUTPUT_LIMIT', make };
}

function withLineEnd(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
}
