/** Values of the usual types straight from their binary form, as node-postgres' own parsers give them for the text. */
import { EPOCH_MS } from '../../copy/binary-format.ts';
import { OID } from '../../built-in-types.ts';
import { LocalHours } from '../../rows/local-hours.ts';
import type { RawRow, ValueReader } from '../../rows/raw-row.ts';
import { float4Text } from './floats.ts';
import { numericText } from './numbers.ts';
import { utf8, uuidText } from './texts.ts';
import { dayOf } from './times.ts';

/** Of a value that is not one of the usual ones, `parsed` makes what there is to make. */
export function usualReader(oid: number, parsed: ValueReader): ValueReader | undefined {
  return USUAL[oid]?.(parsed);
}

const DAY_SECONDS = 86_400;
/** The years 1000 to 9999, in seconds from 2000 on. */
const [FIRST_SECOND, END_SECOND] = ['1000-01-01', '+010000-01-01'].map(
  (day) => (Date.parse(`${day}T00:00:00Z`) - EPOCH_MS) / 1_000,
) as [number, number];
/** 2^32 seconds and microseconds: no number holds all 64 bits. */
const [WORD_SECONDS, WORD_MICROS, MICROS] = [4_294, 967_296, 1_000_000] as const;
const WORD = 2 ** 32;
const HOUR_MICROS = 3_600 * MICROS;
/** In upper words: microseconds that a double holds exactly, and divides without reaching the next hour (142 years). */
const RECENT_WORDS = 2 ** 20;
/** In upper words: as much as a double holds exactly. */
const EXACT_WORDS = 2 ** 20;

const text = (): ValueReader => readUtf8;

const USUAL: Readonly<Partial<Record<number, (parsed: ValueReader) => ValueReader>>> = {
  [OID.bool]:
    () =>
    ({ bytes }, start, end) =>
      bytes[sized(start, end, 1)] !== 0,
  [OID.int2]:
    () =>
    ({ bytes }, start, end) =>
      bytes.readInt16BE(sized(start, end, 2)),
  [OID.int4]:
    () =>
    ({ bytes }, start, end) =>
      bytes.readInt32BE(sized(start, end, 4)),
  [OID.oid]:
    () =>
    ({ bytes }, start, end) =>
      bytes.readUInt32BE(sized(start, end, 4)),
  [OID.int8]: (parsed) => (row, start, end) => {
    const high = row.bytes.readInt32BE(sized(start, end, 8));
    if (high < -EXACT_WORDS || high >= EXACT_WORDS) return parsed(row, start, end);
    return String(high * WORD + row.bytes.readUInt32BE(start + 4));
  },
  [OID.float4]:
    () =>
    ({ bytes }, start, end) =>
      Number(float4Text(bytes.readFloatBE(sized(start, end, 4)))),
  [OID.float8]:
    () =>
    ({ bytes }, start, end) =>
      bytes.readDoubleBE(sized(start, end, 8)),
  [OID.numeric]:
    () =>
    ({ bytes }, start, end) =>
      numericText(bytes, start, end),
  [OID.bytea]:
    () =>
    ({ bytes }, start, end) =>
      Buffer.from(bytes.subarray(start, end)),
  [OID.uuid]:
    () =>
    ({ bytes }, start, end) =>
      uuidText(bytes.toString('hex', sized(start, end, 16), end)),
  ...{ [OID.text]: text, [OID.varchar]: text, [OID.bpchar]: text, [OID.name]: text },
  [OID.date]: (parsed) => (row, start, end) => {
    const days = row.bytes.readInt32BE(sized(start, end, 4));
    if (days * DAY_SECONDS < FIRST_SECOND || days * DAY_SECONDS >= END_SECOND) return parsed(row, start, end);
    const { year, month, day } = dayOf(days);
    return new Date(year, month - 1, day);
  },
  [OID.timestamp]: (parsed) => {
    const hours = new LocalHours();
    const distant: ValueReader = (row, start, end) => {
      const seconds = secondsOf(row, start, end);
      if (seconds === undefined) return parsed(row, start, end);
      const days = Math.floor(seconds / DAY_SECONDS);
      const { year, month, day } = dayOf(days);
      // In the zone of this process, as postgres-date takes it.
      return new Date(year, month - 1, day, 0, 0, seconds - days * DAY_SECONDS, milliseconds(row, start));
    };
    return (row, start, end) => {
      const { bytes } = row;
      const high = int32(bytes, sized(start, end, 8));
      if (high < -RECENT_WORDS || high >= RECENT_WORDS) return distant(row, start, end);
      const micros = high * WORD + (int32(bytes, start + 4) >>> 0);
      const hour = Math.floor(micros / HOUR_MICROS);
      const began = hours.start(hour);
      if (began < Infinity) {
        const rest = micros - hour * HOUR_MICROS;
        const seconds = Math.floor(rest / MICROS);
        return new Date(began + seconds * 1_000 + Math.trunc(fractionMs(rest - seconds * MICROS)));
      }
      const days = Math.floor(hour / 24);
      hours.learn(hour, dayOf(days), hour - days * 24);
      return distant(row, start, end);
    };
  },
  [OID.timestamptz]: (parsed) => (row, start, end) => {
    const seconds = secondsOf(row, start, end);
    if (seconds === undefined) return parsed(row, start, end);
    return new Date(EPOCH_MS + seconds * 1_000 + Math.trunc(milliseconds(row, start)));
  },
};

/** Whole seconds since 2000; undefined outside the usual years. */
function secondsOf({ bytes }: RawRow, start: number, end: number): number | undefined {
  const high = bytes.readInt32BE(sized(start, end, 8));
  const micros = high * WORD_MICROS + bytes.readUInt32BE(start + 4);
  const seconds = high * WORD_SECONDS + Math.floor(micros / MICROS);
  return seconds < FIRST_SECOND || seconds >= END_SECOND ? undefined : seconds;
}

/** Of what is beyond the second, with the rounding of postgres-date, which reads it as a fraction. */
function milliseconds({ bytes }: RawRow, start: number): number {
  const micros = bytes.readInt32BE(start) * WORD_MICROS + bytes.readUInt32BE(start + 4);
  const fraction = micros - Math.floor(micros / MICROS) * MICROS;
  return fractionMs(fraction);
}

function fractionMs(micros: number): number {
  return micros === 0 ? 0 : 1_000 * (micros / MICROS);
}

function int32(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

/** ASCII is a piece of the row's text; anything else is decoded. */
function readUtf8({ bytes, text: all, start: from }: RawRow, start: number, end: number): string {
  let bits = 0;
  let hasNul = false;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    bits |= byte;
    hasNul ||= byte === 0;
  }
  if (bits >= 0x80 || hasNul || all === undefined) return utf8(bytes.subarray(start, end));
  return all.substring(start - from, end - from);
}

/** Where the value starts, of which there must be so many bytes. */
function sized(start: number, end: number, length: number): number {
  if (end - start !== length) throw new RangeError('a value of another length');
  return start;
}
