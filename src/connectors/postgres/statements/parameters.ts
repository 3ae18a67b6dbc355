/** Parameters as they are given, by number or by name, as the server takes them: a text with `$1`, and values. */
import { connectorError } from '../../../errors.ts';
import { scanSql } from './sql-scanner.ts';

/** Values of `$1`, `$2`, ..., or of `:name`. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

export interface BoundSql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The protocol counts them in 16 bits ("Bind"); node-postgres does not look. */
const MOST_VALUES = 65_535;

/** For any number of sets of parameters. */
export type Binder = (params: Parameters | undefined) => BoundSql;

/**
 * Gives `sql` with its parameters. A name that is used twice is sent once.
 *
 * @throws ConfigError `CONFIG_INVALID` that names what is missing, or too much; never a value.
 */
export function binderOf(sql: string): Binder {
  if (typeof sql !== 'string') refuse('the SQL must be a text');
  let named: NamedSql | undefined;
  return (params = []) => {
    const bound = isList(params) ? { text: sql, values: params } : byName((named ??= numbered(sql)), params);
    const count = bound.values.length;
    if (count > MOST_VALUES) refuse(`${count} parameters are more than the protocol's ${MOST_VALUES}`);
    return bound;
  };
}

/** The same for a statement that is run once. */
export const bindParameters = (sql: string, params?: Parameters): BoundSql => binderOf(sql)(params);

interface NamedSql {
  readonly text: string;
  /** In the order of their numbers. */
  readonly names: readonly string[];
  readonly isNumbered: boolean;
}

/** `sql` with `$1` for its first name. */
function numbered(sql: string): NamedSql {
  const { names, isNumbered } = scanSql(sql);
  const distinct = [...new Set(names.map(({ name }) => name))];
  let text = '';
  let copied = 0;
  for (const { name, start, end } of names) {
    text += `${sql.slice(copied, start)}$${distinct.indexOf(name) + 1}`;
    copied = end;
  }
  return { text: text + sql.slice(copied), names: distinct, isNumbered };
}

function byName({ text, names, isNumbered }: NamedSql, params: Readonly<Record<string, unknown>>): BoundSql {
  if (!isPlain(params)) refuse('parameters are an array, for $1, or a plain object, for :name');
  if (isNumbered) refuse('a statement takes its parameters by $1 or by :name, not by both');
  const missing = names.find((name) => !Object.hasOwn(params, name));
  if (missing !== undefined) refuse(`the parameter :${missing} is missing`);
  const surplus = Object.keys(params).find((name) => !names.includes(name));
  if (surplus !== undefined) refuse(`the statement has no parameter :${surplus}`);
  return { text, values: names.map((name) => params[name]) };
}

function isList(params: Parameters): params is readonly unknown[] {
  return Array.isArray(params);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refuse(why: string): never {
  throw connectorError('CONFIG_INVALID', why);
}
