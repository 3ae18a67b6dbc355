/** The messages of a server that the draining one sends (manual, "Message Formats"). */

export const AUTHENTICATION_OK = message('R', int32(0));
export const PARSE_COMPLETE = message('1');
export const BIND_COMPLETE = message('2');
export const CLOSE_COMPLETE = message('3');
export const NO_DATA = message('n');
export const EMPTY_QUERY = message('I');
export const COPY_DONE = message('c');
/** Text, columns of no known number: nobody checks. */
export const COPY_IN = message('G', Buffer.of(0, 0, 0));
export const COPY_OUT = message('H', Buffer.of(0, 0, 0));

export type TransactionStatus = 'I' | 'T' | 'E';

export function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, { length: bytes }) => sum + bytes, 4);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(length), ...parts]);
}

export function parameterStatus(name: string, value: string): Buffer {
  return message('S', cstring(name), cstring(value));
}

export function backendKey(pid: number, secret: number): Buffer {
  return message('K', int32(pid), int32(secret));
}

export function readyForQuery(status: TransactionStatus): Buffer {
  return message('Z', Buffer.from(status));
}

export function commandComplete(tag: string): Buffer {
  return message('C', cstring(tag));
}

export function errorResponse(sqlState: string, text: string): Buffer {
  const fields = { S: 'ERROR', V: 'ERROR', C: sqlState, M: text };
  const parts = Object.entries(fields).map(([code, value]) => Buffer.concat([Buffer.from(code), cstring(value)]));
  return message('E', ...parts, Buffer.of(0));
}

/** Every column is text. */
export function rowDescription(columns: readonly string[]): Buffer {
  const TEXT_OID = 25;
  const fields = columns.map((name) =>
    Buffer.concat([cstring(name), int32(0), int16(0), int32(TEXT_OID), int16(-1), int32(-1), int16(0)]),
  );
  return message('T', int16(columns.length), ...fields);
}

export function dataRow(values: readonly string[]): Buffer {
  const fields = values.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]);
  return message('D', int16(values.length), ...fields);
}

function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
