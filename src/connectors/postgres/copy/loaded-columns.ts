/** Which columns of a table rows are loaded into. */
import { connectorError } from '../../../errors.ts';
import type { TableColumn } from './table-columns.ts';

export interface Choice {
  /** All of the table. */
  readonly found: readonly TableColumn[];
  /** As the caller named them. */
  readonly columns: readonly string[] | undefined;
  readonly extraKeys: 'error' | 'ignore';
  readonly first: unknown;
}

/**
 * Those that were named; else those that the first row has as keys, or all for an array. Without being named, generated
 * columns are left out.
 *
 * @throws ConfigError `CONFIG_INVALID` naming what is no column, or takes no values.
 */
export function loadedColumns({ found, columns, extraKeys, first }: Choice): TableColumn[] {
  const takes = found.filter(({ isGenerated }) => !isGenerated);
  const names = columns ?? keysOf(first);
  if (names === undefined) return takes;
  const byName = new Map(found.map((column) => [column.name, column]));
  const chosen = names.flatMap((name) => byName.get(name) ?? []);
  const unknown = names.filter((name) => !byName.has(name));
  if (unknown.length > 0 && (columns !== undefined || extraKeys === 'error')) {
    const whose = columns === undefined ? 'keys of the first row' : 'names in `columns`';
    throw refused(
      `${whose} that are no columns of the table: ${quoted(unknown)}; it has ${quoted([...byName.keys()])}`,
    );
  }
  const generated = chosen.filter(({ isGenerated }) => isGenerated);
  if (columns !== undefined && generated.length > 0) {
    throw refused(`generated columns take no values: ${quoted(generated.map(({ name }) => name))}`);
  }
  const loaded = chosen.filter(({ isGenerated }) => !isGenerated);
  if (loaded.length === 0) throw refused('the first row has no key that is a column: name the columns with `columns`');
  return loaded;
}

/** Undefined where the first row has no names for its values. */
function keysOf(row: unknown): string[] | undefined {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
  const keys: string[] = [];
  // As the encoder reads them: what is inherited counts.
  for (const key in row) keys.push(key);
  return keys;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name.slice(0, 63))).join(', ');
}

function refused(why: string): Error {
  return connectorError('CONFIG_INVALID', why);
}
