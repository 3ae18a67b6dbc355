/**
 * gzip's members (RFC 1952): header, deflate body, CRC-32 and length. Node's own gunzip drops whatever follows a member if it
 * begins with a zero byte, and cannot say where a member ended; so the members are walked here and only bodies are inflated.
 */

import { crc32, createInflateRaw } from 'node:zlib';
import { corrupt, trailingData, truncated } from './compression-errors.ts';
import type { Engine, Framing, Step } from './framing.ts';
import { notA } from './magic.ts';

/** What the walker stands in. `start` is the fixed part of the header: magic, method, flags, time, extra flags, system. */
type Place = 'start' | 'extra-length' | 'extra' | 'name' | 'comment' | 'header-crc' | 'body' | 'trailer' | 'padding';

/** The header's optional fields in their order, each with its flag. */
const OPTIONAL = [
  ['extra-length', 0x04],
  ['name', 0x08],
  ['comment', 0x10],
  ['header-crc', 0x02],
] as const;
const RESERVED_FLAGS = 0xe0;
const START_LENGTH = 10;
const TRAILER_LENGTH = 8;

/** Walks the members of a gzip stream. */
export class GzipFraming implements Framing {
  readonly operation: string;
  readonly #allowZeroPadding: boolean;
  #place: Place = 'start';
  /** Bytes of a field that may be cut by the end of a chunk. */
  #field: number[] = [];
  #skip = 0;
  #flags = 0;
  #headerCrc = 0;
  #members = 0;
  #crc = 0;
  #length = 0;
  #lastLength: number | undefined;

  constructor(operation: string, allowZeroPadding: boolean) {
    this.operation = operation;
    this.#allowZeroPadding = allowZeroPadding;
  }

  // An engine owns a whole output chunk, so after a small member (bgzip's 64 KiB) the next gets a chunk that fits.
  readonly openEngine = (chunkSize: number): Engine => {
    const expected = Math.max(16 * 1024, this.#lastLength ?? chunkSize);
    return createInflateRaw({ chunkSize: Math.min(chunkSize, expected) });
  };

  scan(input: Buffer): Step {
    let at = 0;
    while (at < input.length && this.#place !== 'body') at = this.#walk(input, at);
    return { taken: at, body: input.length - at };
  }

  bodyEnded(): void {
    this.#place = 'trailer';
  }

  output(chunk: Buffer): void {
    this.#crc = crc32(chunk, this.#crc);
    this.#length += chunk.length;
  }

  end(): void {
    const betweenMembers = this.#place === 'start' && this.#field.length === 0 && this.#members > 0;
    if (!betweenMembers && this.#place !== 'padding') throw truncated(this.operation);
  }

  /** Passes over one field, or as much of it as `input` holds, and returns where it stopped. */
  #walk(input: Buffer, from: number): number {
    const place = this.#place;
    if (place === 'trailer') return this.#trailer(input, from);
    if (place === 'padding') return this.#padding(input, from);
    if (place === 'header-crc') return this.#checkHeader(input, from);
    const to = this.#header(input, from, place);
    this.#headerCrc = crc32(input.subarray(from, to), this.#headerCrc);
    return to;
  }

  #header(input: Buffer, from: number, place: Exclude<Place, 'trailer' | 'padding' | 'header-crc'>): number {
    if (place === 'start') return this.#start(input, from);
    if (place === 'extra-length') {
      const to = this.#collect(input, from, 2);
      const [low = 0, high] = this.#field;
      if (high === undefined) return to;
      this.#skip = low + high * 256;
      if (this.#skip === 0) this.#enterOptional(1);
      else this.#enter('extra');
      return to;
    }
    if (place === 'extra') {
      const to = Math.min(input.length, from + this.#skip);
      this.#skip -= to - from;
      if (this.#skip === 0) this.#enterOptional(1);
      return to;
    }
    const zero = input.indexOf(0, from);
    if (zero === -1) return input.length;
    this.#enterOptional(place === 'name' ? 2 : 3);
    return zero + 1;
  }

  #start(input: Buffer, from: number): number {
    if (this.#field.length === 0 && this.#members > 0 && input[from] === 0 && this.#allowZeroPadding) {
      this.#enter('padding');
      return from;
    }
    const to = this.#collect(input, from, START_LENGTH);
    const [id1 = 0x1f, id2 = 0x8b, method = 8, flags = 0] = this.#field;
    if (id1 !== 0x1f || id2 !== 0x8b) {
      if (this.#members === 0) throw corrupt(this.operation, notA('gzip', input.subarray(from)));
      throw trailingData(this.operation, id1 === 0 ? ' (zero padding? see allowZeroPadding)' : '');
    }
    if (method !== 8) throw corrupt(this.operation, 'a member has an unknown compression method');
    if ((flags & RESERVED_FLAGS) !== 0) throw corrupt(this.operation, 'a member has unknown header flags');
    this.#flags = flags;
    if (this.#field.length === START_LENGTH) this.#enterOptional(0);
    return to;
  }

  #checkHeader(input: Buffer, from: number): number {
    const to = this.#collect(input, from, 2);
    const [low = 0, high] = this.#field;
    if (high === undefined) return to;
    if (low + high * 256 !== (this.#headerCrc & 0xffff)) throw corrupt(this.operation, "a header's checksum is wrong");
    this.#enter('body');
    return to;
  }

  #trailer(input: Buffer, from: number): number {
    const to = this.#collect(input, from, TRAILER_LENGTH);
    if (this.#field.length < TRAILER_LENGTH) return to;
    const trailer = Buffer.from(this.#field);
    if (trailer.readUInt32LE(0) !== this.#crc)
      throw corrupt(this.operation, "a member's CRC-32 does not match its data");
    if (trailer.readUInt32LE(4) !== this.#length % 2 ** 32) {
      throw corrupt(this.operation, "a member's length does not match its data");
    }
    this.#members += 1;
    this.#lastLength = this.#length;
    this.#crc = this.#length = this.#headerCrc = 0;
    this.#enter('start');
    return to;
  }

  #padding(input: Buffer, from: number): number {
    for (let at = from; at < input.length; at += 1) {
      if (input[at] !== 0) throw trailingData(this.operation, ', after zero padding');
    }
    return input.length;
  }

  #collect(input: Buffer, from: number, size: number): number {
    const to = Math.min(input.length, from + size - this.#field.length);
    this.#field.push(...input.subarray(from, to));
    return to;
  }

  #enterOptional(from: number): void {
    this.#enter(OPTIONAL.slice(from).find(([, flag]) => (this.#flags & flag) !== 0)?.[0] ?? 'body');
  }

  #enter(place: Place): void {
    this.#place = place;
    this.#field = [];
  }
}
