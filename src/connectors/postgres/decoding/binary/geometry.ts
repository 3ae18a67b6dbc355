/** Points and what is made of them. */
import type { Cursor, Writer } from './cursor.ts';
import { float8 } from './floats.ts';

const POINT_BYTES = 16;

export const point: Writer = (value) => `(${float8(value)},${float8(value)})`;

export const lseg: Writer = (value) => `[${point(value)},${point(value)}]`;

export const box: Writer = (value) => `${point(value)},${point(value)}`;

export const line: Writer = (value) => `{${float8(value)},${float8(value)},${float8(value)}}`;

export const circle: Writer = (value) => `<${point(value)},${float8(value)}>`;

export const polygon: Writer = (value) => `(${points(value)})`;

export const path: Writer = (value) => {
  const [open, close] = value.byte() === 0 ? ['[', ']'] : ['(', ')'];
  return `${open}${points(value)}${close}`;
};

function points(value: Cursor): string {
  const count = value.int32();
  if (count < 0 || count * POINT_BYTES !== value.left) throw new RangeError('another number of points');
  return Array.from({ length: count }, () => point(value)).join(',');
}
