/** How numbers, headings and tables are printed. */

const whole = new Intl.NumberFormat('en-US');
const oneDecimal = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `3,000,000` */
export const count = (value: number): string => whole.format(value);

/** `105.8 MB`; a megabyte is 1,000,000 bytes. */
export const megabytes = (bytes: number): string => `${oneDecimal.format(bytes / 1e6)} MB`;

/** `2.9 s`, or `38 ms` below a second. */
export const duration = (ms: number): string =>
  ms < 1000 ? `${whole.format(Math.round(ms))} ms` : `${oneDecimal.format(ms / 1000)} s`;

/** `11 objects` */
export const objectCount = (objects: number): string => `${count(objects)} object${objects === 1 ? '' : 's'}`;

/** A dataset's name, as the first column of its lines. */
export const nameColumn = (name: string): string => `  ${name.padEnd(11)}`;

/** `36.2 MB/s` */
export const rate = (bytes: number, ms: number): string => `${megabytes(bytes / (Math.max(ms, 1) / 1000))}/s`;

/** A line of its own after an empty one. */
export const heading = (text: string): string => `\n${text}`;

/** Aligned columns, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  const aligned = (cell: string, at: number): string =>
    /^-?[\d,.]+$/.test(cell) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
  return rows.map((row) => `  ${row.map(aligned).join('  ')}`.trimEnd()).join('\n');
}
