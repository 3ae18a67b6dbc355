/**
 * The text of a value of JavaScript's, as PostgreSQL reads it for a type: what node-postgres would send for a parameter,
 * and with the type known what it gives back for a column.
 */
import { types } from 'node:util';
import { OID } from '../built-in-types.ts';
import { arrayText } from './array-text.ts';
import { ByteBuffer } from './byte-buffer.ts';
import type { ColumnType } from './column-type.ts';
import { writeDate } from './dates.ts';
import type { DateForm } from './dates.ts';
import { intervalText } from './interval-text.ts';
import { misfit } from './misfit.ts';

/** Gives the text of a value that is not null. */
export type TextOf = (value: unknown) => string;

/** The text for a column of `type`, or of one that nobody knows. */
export function textOf(type: ColumnType | undefined): TextOf {
  const form = dateForm(type);
  const objectText = objectTexts(type);
  const isFloat = type?.oid === OID.float4 || type?.oid === OID.float8;
  return (value) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return isFloat && Object.is(value, -0) ? '-0' : String(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'boolean') return booleanText(type, value);
    if (typeof value !== 'object' || value === null) throw misfit(`is a ${typeof value}`);
    return types.isDate(value) && !isJson(type) ? dateText(value, form) : objectText(value);
  };
}

export function dateForm(type: ColumnType | undefined): DateForm {
  if (type?.oid === OID.date) return 'date';
  if (type?.oid === OID.timestamp) return 'timestamp';
  return type?.oid === OID.timestamptz ? 'timestamptz' : 'any';
}

/** `t` as the server writes it; a text and JSON want the whole word. */
export function booleanText(type: ColumnType | undefined, value: boolean): string {
  if (type?.oid === OID.bool) return value ? 't' : 'f';
  return String(value);
}

export function isJson(type: ColumnType | undefined): boolean {
  return type?.oid === OID.json || type?.oid === OID.jsonb;
}

function dateText(date: Date, form: DateForm): string {
  const out = new ByteBuffer(64);
  writeDate(out, date, form);
  return out.take().toString('latin1');
}

/** Of objects, arrays and bytes. */
function objectTexts(type: ColumnType | undefined): (value: object) => string {
  if (isJson(type)) return jsonText;
  const ofArray = arrayTexts(type);
  return (value) => {
    if (ArrayBuffer.isView(value)) return `\\x${bytesOf(value).toString('hex')}`;
    if (value instanceof ArrayBuffer) return `\\x${Buffer.from(value).toString('hex')}`;
    if (Array.isArray(value)) return ofArray(value);
    if (type?.oid === OID.point && isPoint(value)) return pointText(value);
    if (type?.oid === OID.circle && isPoint(value)) return `<${pointText(value)},${floatText(value.radius)}>`;
    if (type?.oid === OID.interval) return intervalText(value);
    const own = ownText(value, textOf(type));
    return own ?? json(value);
  };
}

function arrayTexts(type: ColumnType | undefined): (values: readonly unknown[]) => string {
  const element = type?.kind === 'array' ? type.of : undefined;
  // Nested arrays of JSON may be either: the column says how many are PostgreSQL's.
  const depth = isJson(element) ? Math.max(1, type?.dimensions ?? 1) : Infinity;
  let elementText: TextOf | undefined;
  return (values) => {
    elementText ??= textOf(element);
    return arrayText(values, { elementText, delimiter: element?.delimiter ?? ',', depth });
  };
}

/** JSON of objects and arrays; a text is JSON already, as node-postgres has it. */
function jsonText(value: object): string {
  if (ArrayBuffer.isView(value)) return bytesOf(value).toString('utf8');
  return ownText(value, jsonTexts) ?? json(value);
}

const jsonTexts: TextOf = (value) => (typeof value === 'object' && value !== null ? json(value) : String(value));

function json(value: object): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw misfit('has no JSON');
  return text;
}

/** Of an object that says itself how it is sent to PostgreSQL, as for node-postgres. */
function ownText(value: object, text: TextOf): string | undefined {
  if (!hasOwnForm(value)) return undefined;
  const given = value.toPostgres((inner) => inner);
  if (given === value || given === null || given === undefined) throw misfit('has a toPostgres that gives no value');
  return text(given);
}

function hasOwnForm(value: object): value is { toPostgres(prepare: (inner: unknown) => unknown): unknown } {
  return 'toPostgres' in value && typeof value.toPostgres === 'function';
}

/** The memory that a view is of. */
export function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

/** As node-postgres reads a point, and, with a radius, a circle. */
export function isPoint(value: object): value is { x: unknown; y: unknown; radius?: unknown } {
  return 'x' in value && 'y' in value;
}

function pointText({ x, y }: { readonly x: unknown; readonly y: unknown }): string {
  return `(${floatText(x)},${floatText(y)})`;
}

function floatText(value: unknown): string {
  if (typeof value !== 'number') throw misfit('has a coordinate that is no number');
  return Object.is(value, -0) ? '-0' : String(value);
}
