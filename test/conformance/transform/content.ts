/** Lines that hardly compress, each with its own number: what is lost, repeated or held back shows in every format. */
import { createCipheriv } from 'node:crypto';

const LINE = 64;
const DIGITS = 8;

/** The first `size` bytes of one endless text. */
export function content(size: number): Buffer {
  const lines = Math.ceil(size / LINE);
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'sluice'), Buffer.alloc(16));
  const text = noise.update(Buffer.alloc((lines * LINE) / 2)).toString('hex');
  const bytes = Buffer.from(text, 'latin1');
  for (let line = 0; line < lines; line += 1) {
    bytes.write(String(line).padStart(DIGITS, '0'), line * LINE, 'latin1');
    bytes.write('\n', (line + 1) * LINE - 1, 'latin1');
  }
  return bytes.subarray(0, size);
}
