/** CopyData messages (manual, "Message Formats"): a byte `d`, a length that counts itself, and the data. */

const COPY_DATA = 0x64;
const HEADER_BYTES = 5;
/** A server takes in a message whole before it looks at it. */
const MESSAGE_BYTES = 256 * 1024;
/** Below this, a copy costs less than one more buffer for the kernel to gather. */
const SMALL_BYTES = 4 * 1024;

/** The messages that carry `chunks`: headers, and between them the chunks themselves, of which only small ones are copied. */
export function copyDataFrames(chunks: readonly Buffer[]): Buffer[] {
  const pieces = joinSmall(chunks);
  const frames: Buffer[] = [];
  let message: Buffer[] = [];
  let room = MESSAGE_BYTES;
  const close = (): void => {
    if (room < MESSAGE_BYTES) frames.push(header(MESSAGE_BYTES - room), ...message);
    message = [];
    room = MESSAGE_BYTES;
  };
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const part = at === 0 && piece.length <= room ? piece : piece.subarray(at, at + room);
      message.push(part);
      at += part.length;
      room -= part.length;
      if (room === 0) close();
    }
  }
  close();
  return frames;
}

function joinSmall(chunks: readonly Buffer[]): readonly Buffer[] {
  if (chunks.length < 2) return chunks;
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return bytes / chunks.length < SMALL_BYTES ? [Buffer.concat(chunks, bytes)] : chunks;
}

function header(bytes: number): Buffer {
  const head = Buffer.allocUnsafe(HEADER_BYTES);
  head[0] = COPY_DATA;
  head.writeUInt32BE(bytes + HEADER_BYTES - 1, 1);
  return head;
}
