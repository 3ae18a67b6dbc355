/** Inputs that are almost right: what a writer would make, damaged in a few places. */
import fc from 'fast-check';

/** One damage, at a place given as a share of the length. */
type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'drop'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number };

const anywhere = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
/** Headers and trailers are where formats are told apart. */
const place = fc.oneof(
  anywhere,
  anywhere.map((at) => at ** 8),
  anywhere.map((at) => 1 - at ** 8).filter((at) => at < 1),
);
const length = fc.oneof(fc.nat(8), fc.nat(300));
/** Bytes on which parsers turn. */
const telling = fc.constantFrom(0x00, 0x0a, 0x0d, 0x1f, 0x22, 0x27, 0x2c, 0x2e, 0x5c, 0x7f, 0x80, 0x8b, 0xfd, 0xff);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('set' as const), at: place, byte: fc.oneof(telling, fc.nat(255)) }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('drop' as const), at: place, length }),
  fc.record({ kind: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, length }),
);

/** `bytes`, as they are or with up to four damages. Smaller counterexamples have fewer. */
export const damaged = (bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<{ bytes: Buffer; intact: boolean }> =>
  fc.tuple(bytes, fc.oneof(fc.constant([]), fc.array(damage, { maxLength: 4 }))).map(([whole, damages]) => {
    const result = damages.reduce(harm, whole);
    return { bytes: result, intact: result.equals(whole) };
  });

const harm = (bytes: Buffer, done: Damage): Buffer => {
  // The very end is a place as well.
  const at = Math.floor(done.at * (bytes.length + 1));
  switch (done.kind) {
    case 'flip':
      return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << done.bit));
    case 'set':
      return withByte(bytes, at, done.byte);
    case 'cut':
      return bytes.subarray(0, at);
    case 'drop':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + done.length)]);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), done.bytes, bytes.subarray(at)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at + done.length), bytes.subarray(at)]);
  }
};

const withByte = (bytes: Buffer, at: number, byte: number): Buffer => {
  const changed = Buffer.from(bytes);
  if (at < changed.length) changed[at] = byte;
  return changed;
};

/** How a stream may be cut into chunks: all at once, byte by byte, or anywhere. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant([]),
  fc.constant([1]),
  fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 8 }),
);

/** `bytes` in pieces of these sizes, over and over. */
export const cutInto = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  if (sizes.length === 0) return [bytes];
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
};
