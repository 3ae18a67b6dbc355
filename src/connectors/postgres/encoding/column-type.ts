/** What the encoders know of a column's type; domains are seen through. */

export interface ColumnType {
  /** As in pg_type. */
  readonly name: string;
  readonly oid: number;
  /** Of a domain over this type, which is what the wire wants to read of. */
  readonly domain?: number;
  readonly kind: 'base' | 'enum' | 'array' | 'range' | 'multirange' | 'composite' | 'pseudo';
  /** Between the elements of an array of this type: a comma, but for `box`. */
  readonly delimiter: string;
  /** Of an array its elements', of a range its bounds', of a multirange its ranges'. */
  readonly of?: ColumnType;
  /** Of an array, as declared. The server does not enforce it. */
  readonly dimensions?: number;
  /** Of a composite type, in order. */
  readonly fields?: readonly ColumnType[];
}

/** A column to encode; without a type its values are written as node-postgres sends parameters. */
export interface EncodedColumn {
  readonly name: string;
  readonly type?: ColumnType | undefined;
}
