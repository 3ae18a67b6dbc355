/** A schema as a list of its settings, for people. */
import { inspect } from 'node:util';
import * as v from 'valibot';
import { entriesOf } from './check.ts';
import type { Schema } from './check.ts';
import { isSecret } from './schema.ts';

export interface SettingDescription {
  /** Keys joined by `.`: `pool.maxSize`. */
  readonly path: string;
  /** `text`, `duration`, `size`, `1 to 10`, `a`, `b` or `c`. */
  readonly type: string;
  /** As it would be written; undefined where there is none. */
  readonly default: string | undefined;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  /** Empty where the name says it. */
  readonly meaning: string;
}

/** Every setting that is a value, in the order of the schema. */
export function settingsIn(schema: Schema, within: readonly string[] = []): SettingDescription[] {
  return Object.entries(entriesOf(schema) ?? {}).flatMap(([key, field]) => {
    const path = [...within, key];
    if (entriesOf(field) !== undefined) return settingsIn(field, path);
    const value = valueOf(field);
    const type = typeOf(value);
    return [
      {
        ...{ path: path.join('.'), type, default: written(defaultOf(field), type), isSecret: isSecret(field) },
        ...{ isRequired: field.type !== 'optional', meaning: v.getDescription(field) ?? '' },
      },
    ];
  });
}

/** The field itself, be it optional. */
function valueOf(field: Schema): Schema {
  return 'wrapped' in field ? valueOf(field.wrapped as Schema) : field;
}

function typeOf(field: Schema): string {
  const { type } = v.getMetadata(field);
  if (typeof type === 'string') return type;
  if ('options' in field && field.type === 'picklist') {
    return (field.options as readonly string[]).map((option) => `\`${option}\``).join(', ');
  }
  const [first] = 'options' in field && field.type === 'union' ? (field.options as readonly Schema[]) : [];
  return first === undefined ? field.type : typeOf(first);
}

function defaultOf(field: Schema): unknown {
  return 'wrapped' in field && 'default' in field ? field.default : undefined;
}

const UNITS: Readonly<Record<string, readonly (readonly [unit: string, count: number])[]>> = {
  duration: [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ],
  size: [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
    ['B', 1],
  ],
};

function written(value: unknown, type: string): string | undefined {
  if (typeof value !== 'number') return value === undefined ? undefined : inspect(value).replaceAll("'", '');
  const [unit = '', count = 1] = UNITS[type]?.find(([, size]) => value % size === 0) ?? [];
  return `${value / count}${unit}`;
}
