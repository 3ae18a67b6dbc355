/** Makes a row of fields that end where their record says, as in COPY's text and CSV formats. */
import type { RowInMaking } from '../rows/raw-row.ts';
import { emptyRow, generated } from '../rows/row-shape.ts';
import type { RowShape } from '../rows/row-shape.ts';

export interface Fields {
  /** What stands for NULL, as it is written. */
  readonly null: Buffer;
  /** The value of a field that is not written as it is. */
  readonly escaped: (index: number, start: number, end: number) => unknown;
}

/** Makes a row of the record from `start` on, whose fields end as `Records` has it. */
export type LineBuilder = (row: RowInMaking, bytes: Buffer, start: number, ends: Int32Array) => unknown;

export function lineBuilder(shape: RowShape, fields: Fields): LineBuilder {
  const { null: nullBytes, escaped } = fields;
  return generated(shape, {
    parameters: 'row, bytes, start, ends',
    begin: `
  let from = start;
  let mark = 0;
  let to = 0;`,
    column: (index) => `
  row.column = ${index};
  mark = ends[${index}];
  to = start + (mark < 0 ? ~mark : mark);
  const value${index} = mark < 0 ? escaped(${index}, from, to)
    : to - from === nullBytes.length && startsWith(bytes, from, nullBytes) ? null : reader${index}(row, from, to);
  from = to + 1;`,
    calls: { escaped, nullBytes, startsWith },
    looping: () => loopingLines(shape, fields),
  });
}

/** The same without generated code. */
export function loopingLines(shape: RowShape, { null: nullBytes, escaped }: Fields): LineBuilder {
  const { keys, make } = emptyRow(shape);
  return (row, bytes, start, ends) => {
    const made = make();
    let from = start;
    for (const [index, read] of shape.readers.entries()) {
      const mark = ends[index] ?? 0;
      const to = start + (mark < 0 ? ~mark : mark);
      row.column = index;
      const key = keys[index] ?? index;
      if (mark < 0) made[key] = escaped(index, from, to);
      else
        made[key] = to - from === nullBytes.length && startsWith(bytes, from, nullBytes) ? null : read(row, from, to);
      from = to + 1;
    }
    return made;
  };
}

export function startsWith(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index += 1) if (bytes[at + index] !== expected[index]) return false;
  return true;
}
