/** Floating-point numbers as the server writes them: the shortest digits that mean no other number (`float8out`, `ryu` in src/common). */
import type { Writer } from './cursor.ts';

export const float8: Writer = (value) => float8Text(value.float64());

export const float4: Writer = (value) => float4Text(value.float32());

const MOST_FLOAT4_DIGITS = 9;
const MOST_FLOAT8_DIGITS = 17;
/** Of `toExponential`: enough to tell whether a number ends with a digit. */
const MOST_SHOWN_DIGITS = 100;
/** From here on, a number half-way between two doubles may be short enough to be taken for one of them. */
const EVEN_DOUBLES = 2 ** 53;

export function float8Text(value: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  let shortest = value.toExponential();
  if (Math.abs(value) >= EVEN_DOUBLES) {
    const precisions = Array.from({ length: MOST_FLOAT8_DIGITS }, (_, digits) => value.toExponential(digits));
    const isMeant = (text: string): boolean => Number(text) === value && !isHalfWay(text, value);
    shortest = [shortest, ...precisions].find(isMeant) ?? shortest;
  }
  return written(shortest, 15);
}

export function float4Text(value: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const isMeant = (text: string): boolean => {
    const read = Number(text);
    return Math.fround(read) === value && !isHalfWayOfFloats(read, value);
  };
  for (let digits = 1; digits < MOST_FLOAT4_DIGITS; digits += 1) {
    const text = value.toExponential(digits - 1);
    if (isMeant(text)) return written(evenOfTwo(text, value, digits), 6);
    // Below a power of two, floats are twice as dense: there the nearest one may be none where the next one is.
    const other = isPowerOfTwo(value) ? [stepped(text, 1), stepped(text, -1)].find(isMeant) : undefined;
    if (other !== undefined) return written(other, 6);
  }
  return written(value.toExponential(MOST_FLOAT4_DIGITS - 1), 6);
}

/** Of two that are as near, JavaScript takes the greater one and the server the even one. */
function evenOfTwo(text: string, value: number, digits: number): string {
  const exact = value.toExponential(MOST_SHOWN_DIGITS).replace(/[-.]/g, '');
  const isTie = exact[digits] === '5' && /^0*e/.test(exact.slice(digits + 1));
  return isTie && /[13579]e/.test(text) ? stepped(text, -1) : text;
}

/** The number of as many digits that is the next one away from zero, or towards it. */
function stepped(text: string, step: 1 | -1): string {
  const [mantissa = '', power = ''] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = Number(whole + fraction);
  return Number(`${digits + step * Math.sign(digits)}e${Number(power) - fraction.length}`).toExponential();
}

function isPowerOfTwo(value: number): boolean {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  return (bits.getUint32(0) & 0x7fffff) === 0;
}

function specialText(value: number): string | undefined {
  if (Number.isFinite(value)) return value === 0 ? (Object.is(value, -0) ? '-0' : '0') : undefined;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** With an exponent where C's `%g` has one: below -4, and from `precision` on. */
function written(exponential: string, precision: number): string {
  const [mantissa = '', power = ''] = exponential.split('e');
  const exponent = Number(power);
  const [, sign = '', digits = ''] = /^(-?)(.*)$/.exec(mantissa.replace('.', '')) ?? [];
  if (exponent < -4 || exponent >= precision) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return sign + (fraction === '' ? whole : `${whole}.${fraction}`);
}

/** The server does not count on its reader to round half-way cases as it does. */
function isHalfWay(text: string, value: number): boolean {
  const [mantissa = '', power = ''] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const exact = BigInt(whole + fraction) * 10n ** BigInt(Number(power) - fraction.length);
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const number = bits.getBigInt64(0);
  return [number - 1n, number + 1n].some((neighbour) => {
    bits.setBigInt64(0, neighbour);
    const other = bits.getFloat64(0);
    return Number.isFinite(other) && 2n * exact === BigInt(value) + BigInt(other);
  });
}

/** Half-way between two floats there is a double. */
function isHalfWayOfFloats(read: number, value: number): boolean {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const number = bits.getInt32(0);
  return [number - 1, number + 1].some((neighbour) => {
    bits.setInt32(0, neighbour);
    return read === (value + bits.getFloat32(0)) / 2;
  });
}
