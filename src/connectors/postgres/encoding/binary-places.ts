/** Addresses, identifiers, bits and shapes as their receive functions read them (network.c, mac.c, uuid.c, varbit.c, geo_ops.c). */
import { isIPv4, isIPv6 } from 'node:net';
import { toFloat, wholeNumber } from './binary-numbers.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { misfit } from './misfit.ts';
import { isPoint } from './value-texts.ts';

function textIn(value: unknown, form: RegExp, what: string): RegExpExecArray {
  const found = typeof value === 'string' ? form.exec(value) : null;
  if (found === null) throw misfit(`is no ${what} in PostgreSQL's own form`);
  return found;
}

export function writeUuid(out: ByteBuffer, value: unknown): void {
  const [, digits = ''] = textIn(value, /^\s*\{?([\da-f]{4}(?:-?[\da-f]{4}){7})\}?\s*$/i, 'uuid');
  out.put(Buffer.from(digits.replaceAll('-', ''), 'hex'));
}

/** PGSQL_AF_INET and the one after it (inet.h). */
const FAMILY = { ipv4: 2, ipv6: 3 } as const;

export function inetWriter(isCidr: boolean): (out: ByteBuffer, value: unknown) => void {
  return (out, value) => {
    const [, address = '', mask] = textIn(value, /^\s*([\da-f:.]+)(?:\/(\d{1,3}))?\s*$/i, 'network address');
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
    if (family === undefined) throw misfit("is no network address in PostgreSQL's own form");
    const bytes = family === 'ipv4' ? address.split('.').map(Number) : ipv6Bytes(address);
    const bits = mask === undefined ? 8 * bytes.length : Number(mask);
    if (bits > 8 * bytes.length) throw misfit('is a network address with too long a mask');
    for (const byte of [FAMILY[family], bits, isCidr ? 1 : 0, bytes.length, ...bytes]) out.putByte(byte);
  };
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  return [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back];
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

export function writeMacaddr(out: ByteBuffer, value: unknown): void {
  out.put(macBytes(value, 12));
}

export function writeMacaddr8(out: ByteBuffer, value: unknown): void {
  out.put(macBytes(value, 16));
}

function macBytes(value: unknown, digits: number): Buffer {
  const [all] = textIn(value, /^\s*[\da-f]{2}(?:[:\-.]?[\da-f]{2})+\s*$/i, 'MAC address');
  const hex = all.replaceAll(/[^\da-f]/gi, '');
  if (hex.length !== digits) throw misfit('is a MAC address of another length');
  return Buffer.from(hex, 'hex');
}

export function writeBits(out: ByteBuffer, value: unknown): void {
  const [bits] = textIn(value, /^[01]*$/, 'string of bits');
  out.putInt32(bits.length);
  for (let at = 0; at < bits.length; at += 8) out.putByte(Number.parseInt(bits.slice(at, at + 8).padEnd(8, '0'), 2));
}

export function writePoint(out: ByteBuffer, value: unknown): void {
  if (typeof value === 'object' && value !== null && isPoint(value)) {
    for (const part of [value.x, value.y]) out.putFloat64(toFloat(part));
  } else putNumbers(out, shape(value, POINT));
}

export function writeCircle(out: ByteBuffer, value: unknown): void {
  if (typeof value === 'object' && value !== null && isPoint(value)) {
    for (const part of [value.x, value.y, value.radius]) out.putFloat64(toFloat(part));
  } else putNumbers(out, shape(value, new RegExp(`^\\s*<${PAIR},${NUMBER}>\\s*$`, 'i')));
}

const NUMBER = String.raw`\s*[-+\d.a-z]+\s*`;
const PAIR = String.raw`\s*\(${NUMBER},${NUMBER}\)\s*`;
const PAIRS = `${PAIR}(?:,${PAIR})*`;
const POINT = new RegExp(`^${PAIR}$`, 'i');

export function writeLine(out: ByteBuffer, value: unknown): void {
  putNumbers(out, shape(value, new RegExp(`^\\s*\\{${NUMBER},${NUMBER},${NUMBER}\\}\\s*$`, 'i')));
}

export function writeSegment(out: ByteBuffer, value: unknown): void {
  putNumbers(out, shape(value, new RegExp(`^\\s*\\[${PAIR},${PAIR}\\]\\s*$`, 'i')));
}

export function writeBox(out: ByteBuffer, value: unknown): void {
  putNumbers(out, shape(value, new RegExp(`^\\s*${PAIR},${PAIR}\\s*$`, 'i')));
}

export function writePath(out: ByteBuffer, value: unknown): void {
  const numbers = shape(value, new RegExp(`^\\s*(?:\\(${PAIRS}\\)|\\[${PAIRS}\\])\\s*$`, 'i'));
  out.putByte(String(value).trim().startsWith('(') ? 1 : 0);
  out.putInt32(numbers.length / 2);
  putNumbers(out, numbers);
}

export function writePolygon(out: ByteBuffer, value: unknown): void {
  const numbers = shape(value, new RegExp(`^\\s*\\(${PAIRS}\\)\\s*$`, 'i'));
  out.putInt32(numbers.length / 2);
  putNumbers(out, numbers);
}

function shape(value: unknown, form: RegExp): number[] {
  const [text] = textIn(value, form, 'shape');
  return text
    .replaceAll(/[^-+\d.a-z,]/gi, '')
    .split(',')
    .map(toFloat);
}

function putNumbers(out: ByteBuffer, numbers: readonly number[]): void {
  for (const number of numbers) out.putFloat64(number);
}

export function writeLsn(out: ByteBuffer, value: unknown): void {
  const [, high = '', low = ''] = textIn(value, /^([\da-f]{1,8})\/([\da-f]{1,8})$/i, 'position in the log');
  for (const half of [high, low]) out.putInt32(Number.parseInt(half, 16));
}

export function writeTid(out: ByteBuffer, value: unknown): void {
  const [, block, offset] = textIn(value, /^\((\d+),(\d+)\)$/, 'tuple identifier');
  out.putInt32(Number(wholeNumber(block, 0n, 0xffff_ffffn)));
  out.putInt16(Number(wholeNumber(offset, 0n, 0xffffn)));
}

/** `xmin:xmax:` and the transactions between them that run. */
export function writeSnapshot(out: ByteBuffer, value: unknown): void {
  const [, from, to, list = ''] = textIn(value, /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/, 'snapshot');
  const running = list === '' ? [] : list.split(',');
  out.putInt32(running.length);
  for (const id of [from, to, ...running]) out.putInt64(wholeNumber(id, 0n, 2n ** 63n - 1n));
}
