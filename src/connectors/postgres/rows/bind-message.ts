/**
 * The message that gives a statement its parameters and says in which format each column is wanted ("Message Formats",
 * Bind): node-postgres' own asks for one format of all columns.
 */

/** As node-postgres' queries ask a connection to send it. */
export interface Binding {
  readonly values: readonly unknown[];
  readonly valueMapper: (value: unknown, index: number) => unknown;
}

const BIND = 'B';
export const [TEXT, BINARY] = [0, 1] as const;
/** Of a value that is NULL. */
const NO_BYTES = Buffer.from([0xff, 0xff, 0xff, 0xff]);
/** The portal's and the statement's, which have none. */
const NO_NAMES = Buffer.alloc(2);

/** The parameters as they stand in the message: bytes in binary format, everything else as a text. */
export function boundParameters({ values, valueMapper }: Binding): Buffer {
  const mapped = values.map((value, index) => valueMapper(value, index) ?? undefined);
  const formats = mapped.map((value) => (Buffer.isBuffer(value) ? BINARY : TEXT));
  const cells = mapped.flatMap((value) => {
    if (value === undefined) return [NO_BYTES];
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value as string);
    return [int32(bytes.length), bytes];
  });
  return Buffer.concat([int16s([formats.length, ...formats]), int16s([mapped.length]), ...cells]);
}

/** `formats` of the columns of the result, one for each. */
export function bindMessage(parameters: Buffer, formats: readonly number[]): Buffer {
  const body = Buffer.concat([NO_NAMES, parameters, int16s([formats.length, ...formats])]);
  return Buffer.concat([Buffer.from(BIND), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}
