/** Built-in types as the encoders know them, by name or identifier: for rows that are encoded without a server. */
import { connectorError } from '../../../errors.ts';
import { BUILT_IN_TYPES, typeByName, typeByOid } from '../built-in-types.ts';
import type { BuiltInType } from '../built-in-types.ts';
import type { ColumnType } from './column-type.ts';

/** @throws ConfigError `CONFIG_INVALID` for a type that is not built in. */
export function namedType(given: string | number): ColumnType {
  const found = typeof given === 'number' ? typeByOid(given) : typeByName(given);
  if (found === undefined) {
    const name = JSON.stringify(typeof given === 'number' ? given : given.slice(0, 100));
    const advice = "leave the type out; in the binary format an enum or another type of text is 'text'";
    throw connectorError('CONFIG_INVALID', `${name} is no built-in type: ${advice}`);
  }
  const { type, dimensions } = found;
  if (dimensions === 0) return plain(type);
  const { name, arrayOid } = type;
  return { name: `_${name}`, oid: arrayOid, kind: 'array', delimiter: ',', of: plain(type), dimensions };
}

function plain({ name, oid, delimiter, of }: BuiltInType): ColumnType {
  const type = { name, oid, delimiter };
  const part = BUILT_IN_TYPES.find((one) => one.name === of);
  if (part === undefined) return { ...type, kind: 'base' };
  return { ...type, kind: name.endsWith('multirange') ? 'multirange' : 'range', of: plain(part) };
}
