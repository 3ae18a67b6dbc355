/** The server's messages about rows, as they lie on the wire ("Message Formats"). */

export function message(type: string, body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

/** A row of values in the text format. */
export function dataRow(values: readonly (string | null)[]): Buffer {
  const cells = values.map((value) => {
    const bytes = Buffer.from(value ?? '');
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const count = Buffer.alloc(2);
  count.writeUInt16BE(values.length);
  return message('D', Buffer.concat([count, ...cells]));
}

export const SUSPENDED = message('s');
export const COMPLETE = Buffer.concat([message('C', 'SELECT 1\0'), message('Z', 'T')]);
