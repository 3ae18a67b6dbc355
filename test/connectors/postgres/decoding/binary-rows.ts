/** COPY's binary format, piece by piece (Postgres manual, "COPY", "Binary Format"). */

export const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), int32(0), int32(0)]);
export const TRAILER = int16(-1);

/** All of an input whose rows have one text each. */
export function binaryRows(texts: readonly string[]): Buffer {
  return Buffer.concat([HEADER, ...texts.map((text) => tuple(text)), TRAILER]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function tuple(...values: readonly (Buffer | string | null)[]): Buffer {
  const fields = values.map((value) => {
    const bytes = Buffer.from(value ?? '');
    return Buffer.concat([int32(value === null ? -1 : bytes.length), bytes]);
  });
  return Buffer.concat([int16(values.length), ...fields]);
}
