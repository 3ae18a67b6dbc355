/** Identifiers and literals for SQL text: always quoted, refused before anything is opened when they cannot be right. */
import { connectorError } from '../../errors.ts';

/** NAMEDATALEN - 1: the server silently truncates longer names, which may name another table (manual, "Identifiers"). */
const MAX_IDENTIFIER_BYTES = 63;

/**
 * `name` as a quoted identifier, byte for byte.
 *
 * @throws ConfigError `CONFIG_INVALID` when it is empty, longer than 63 bytes, holds NUL or a lone surrogate.
 */
export function quoteIdentifier(name: string, what = 'identifier'): string {
  const refuse = (why: string): never => {
    throw connectorError('CONFIG_INVALID', `the ${what} ${why}`);
  };
  if (typeof name !== 'string' || name === '') refuse('is empty');
  if (name.includes('\0')) refuse('contains a NUL character');
  if (!name.isWellFormed()) refuse('is not well-formed Unicode');
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_IDENTIFIER_BYTES) refuse(`is ${bytes} bytes long; Postgres cuts names at ${MAX_IDENTIFIER_BYTES}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.table`, each part quoted; a dot inside a name is part of the name. */
export function quoteTable(table: string, schema?: string): string {
  const quoted = quoteIdentifier(table, 'table name');
  return schema === undefined ? quoted : `${quoteIdentifier(schema, 'schema name')}.${quoted}`;
}

/** A string literal that means the same whatever `standard_conforming_strings` says. */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw connectorError('CONFIG_INVALID', 'a value contains a NUL character');
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? `E${quoted}` : quoted;
}
