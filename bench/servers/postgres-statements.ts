/** What the draining server makes of SQL: enough for psql, node-postgres, pg-copy-streams and our own sessions. */

export type Answer =
  | { readonly kind: 'copy in' | 'copy out' | 'empty' }
  | { readonly kind: 'done'; readonly tag: string; readonly status?: 'I' | 'T' }
  | { readonly kind: 'rows'; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** The statements of one query text; a semicolon within quotes ends none. */
export function statements(sql: string): readonly string[] {
  const parts = sql.match(/(?:'[^']*'|"[^"]*"|--[^\n]*|[^;'"])+/g) ?? [];
  const filled = parts.map((part) => part.trim()).filter((part) => part !== '');
  return filled.length === 0 ? [''] : filled;
}

export function answerTo(statement: string, pid: number): Answer {
  const [verb = '', second = ''] = statement.toUpperCase().split(/\s+/);
  switch (verb) {
    case '':
      return { kind: 'empty' };
    case 'COPY':
      return { kind: /\bFROM\s+STDIN\b/i.test(statement) ? 'copy in' : 'copy out' };
    case 'BEGIN':
    case 'START':
      return { kind: 'done', tag: 'BEGIN', status: 'T' };
    case 'COMMIT':
    case 'END':
      return { kind: 'done', tag: 'COMMIT', status: 'I' };
    case 'ROLLBACK':
      return second === 'TO' ? { kind: 'done', tag: verb } : { kind: 'done', tag: verb, status: 'I' };
    case 'SELECT':
      return { kind: 'rows', ...select(statement, pid) };
    case 'TRUNCATE':
    case 'CREATE':
    case 'DROP':
      return { kind: 'done', tag: `${verb} TABLE` };
    default:
      return { kind: 'done', tag: verb };
  }
}

/** One row for the questions that sessions ask of themselves, one for a literal, none for the rest. */
function select(statement: string, pid: number): Omit<Extract<Answer, { kind: 'rows' }>, 'kind'> {
  const known: Readonly<Record<string, string>> = {
    pid: String(pid),
    started: '2026-01-01 00:00:00+00',
    xid: '4711',
    version: '180000',
  };
  if (/\bAS version\b/i.test(statement)) return { columns: Object.keys(known), rows: [Object.values(known)] };
  const literal = /^SELECT\s+(\d+)\s*$/i.exec(statement)?.[1];
  if (literal !== undefined) return { columns: ['?column?'], rows: [[literal]] };
  return { columns: ['?column?'], rows: [] };
}
