/** Addresses, positions in the log, snapshots. */
import type { Cursor, Writer } from './cursor.ts';

const IPV4_FAMILY = 2;

/** The mask is left out where it is that of a single host. */
export const inet: Writer = (value) => network(value, false);
export const cidr: Writer = (value) => network(value, true);

function network(value: Cursor, isCidr: boolean): string {
  const isFour = value.byte() === IPV4_FAMILY;
  const mask = value.byte();
  value.byte();
  const bytes = value.take(value.byte());
  if (bytes.length !== (isFour ? 4 : 16)) throw new RangeError('an address of another length');
  const address = isFour ? bytes.join('.') : ipv6(bytes);
  return isCidr || mask !== bytes.length * 8 ? `${address}/${mask}` : address;
}

/** The longest run of zeros, of equal ones the first, is left out; a single zero is none (`inet_net_ntop`). */
function ipv6(bytes: Buffer): string {
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < words.length; start += 1) {
    let length = 0;
    while (words[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const hex = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  const isMapped = best.start === 0 && (best.length === 6 || (best.length === 5 && words[5] === 0xffff));
  if (isMapped) return `::${best.length === 5 ? 'ffff:' : ''}${bytes.subarray(12).join('.')}`;
  if (best.start === -1) return hex(0, 8);
  return `${hex(0, best.start)}::${hex(best.start + best.length, 8)}`;
}

export const macaddr: Writer = (value) => colons(value.take(6));
export const macaddr8: Writer = (value) => colons(value.take(8));

function colons(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

export const logPosition: Writer = (value) =>
  [value.uint32(), value.uint32()].map((half) => half.toString(16).toUpperCase()).join('/');

export const tuplePosition: Writer = (value) => `(${value.uint32()},${value.uint16()})`;

export const snapshot: Writer = (value) => {
  const count = value.int32();
  const bounds = `${value.uint64()}:${value.uint64()}:`;
  return bounds + Array.from({ length: checked(count, value) }, () => String(value.uint64())).join(',');
};

function checked(count: number, value: Cursor): number {
  if (count < 0 || count * 8 !== value.left) throw new RangeError('another number of transactions');
  return count;
}
