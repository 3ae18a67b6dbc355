/** A column of COPY's bytes, by its name and, where it matters, its type. */
export interface CopyColumn {
  readonly name: string;
  /**
   * A built-in type by its name, such as `'int4'`, `'timestamp with time zone'` or `'text[]'`, or its object identifier
   * in pg_type. The binary format needs it to encode; to decode, a column without it holds texts. Text and CSV are written
   * the same without it but for JSON: without it an array is one of PostgreSQL's, and a Date carries its offset from UTC.
   */
  readonly type?: string | number;
}
