/**
 * zstd's frames (RFC 8878 section 3.1): every frame and skippable frame is walked block by block, without decoding. Node's engine
 * stops after the first frame of a chunk, and before Node 24 takes a truncated frame for a clean end; this knows both ends.
 */

import { createZstdDecompress } from 'node:zlib';
import { corrupt, trailingData, truncated } from './compression-errors.ts';
import type { Engine, Framing, Step } from './framing.ts';
import { notA, sniff } from './magic.ts';

type Place = 'magic' | 'descriptor' | 'skippable-length' | 'header' | 'block-header' | 'block' | 'last' | 'checksum';

/** Bytes that must be seen whole before the next place is known; the other places are passed over by count. */
const FIELD_LENGTH = { magic: 4, descriptor: 1, 'skippable-length': 4, 'block-header': 3 } as const;
type Field = keyof typeof FIELD_LENGTH;

/** Finds the frames of a zstd stream. */
export class ZstdFraming implements Framing {
  readonly operation: string;
  #place: Place = 'magic';
  #field: number[] = [];
  #skip = 0;
  #hasChecksum = false;
  #frames = 0;

  constructor(operation: string) {
    this.operation = operation;
  }

  readonly openEngine = (chunkSize: number): Engine => createZstdDecompress({ chunkSize });

  /** All of it goes to the engine, a frame at a time: given no bytes past a frame's end, it is ready for the next. */
  scan(input: Buffer): Step {
    const frames = this.#frames;
    let at = 0;
    while (at < input.length && this.#frames === frames) at = this.#walk(input, at);
    return { taken: 0, body: at };
  }

  bodyEnded(): void {
    throw corrupt(this.operation, 'a frame ended before its last block');
  }

  output(): void {
    // libzstd checks the content checksum, if the frame has one, and the content size.
  }

  end(): void {
    if (this.#place !== 'magic' || this.#field.length > 0 || this.#frames === 0) throw truncated(this.operation);
  }

  #walk(input: Buffer, from: number): number {
    const place = this.#place;
    if (isField(place)) {
      const to = Math.min(input.length, from + FIELD_LENGTH[place] - this.#field.length);
      this.#field.push(...input.subarray(from, to));
      if (place === 'magic') this.#checkMagic();
      if (this.#field.length === FIELD_LENGTH[place]) this.#read(place, littleEndian(this.#field));
      return to;
    }
    const to = Math.min(input.length, from + this.#skip);
    this.#skip -= to - from;
    if (this.#skip === 0) this.#passed(place);
    return to;
  }

  #checkMagic(): void {
    const head = Buffer.from(this.#field);
    const found = sniff(head);
    if (found === 'zstd' || (found === undefined && head[0] !== 0x1f)) return;
    if (this.#frames === 0) throw corrupt(this.operation, notA('zstd', head));
    throw trailingData(this.operation);
  }

  #read(place: Field, value: number): void {
    this.#field = [];
    if (place === 'magic') this.#place = value === 0xfd2fb528 ? 'descriptor' : 'skippable-length';
    else if (place === 'skippable-length') this.#passOver('last', value);
    else if (place === 'descriptor') {
      this.#hasChecksum = (value & 0x04) !== 0;
      this.#passOver('header', headerLength(value));
    } else {
      const [isLast, type, size] = [(value & 1) === 1, (value >> 1) & 3, value >> 3];
      if (type === 3) throw corrupt(this.operation, 'a block has a reserved type');
      // A block of type 1 repeats the one byte that it holds.
      this.#passOver(isLast ? 'last' : 'block', type === 1 ? 1 : size);
    }
  }

  #passOver(place: Exclude<Place, Field>, length: number): void {
    this.#place = place;
    this.#skip = length;
    if (length === 0) this.#passed(place);
  }

  #passed(place: Exclude<Place, Field>): void {
    if (place === 'header' || place === 'block') this.#place = 'block-header';
    else if (place === 'last' && this.#hasChecksum) this.#passOver('checksum', 4);
    else {
      this.#place = 'magic';
      this.#hasChecksum = false;
      this.#frames += 1;
    }
  }
}

function isField(place: Place): place is Field {
  return place in FIELD_LENGTH;
}

/** Bytes of a frame header after its descriptor: window descriptor, dictionary id, content size. */
function headerLength(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionaryId + contentSize;
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
