/** Values of the binary format behind their length (manual, "COPY", Binary Format). */
import type { ByteBuffer } from './byte-buffer.ts';

type Write<T> = (out: ByteBuffer, value: T) => void;

export function sized<T>(write: Write<T>): Write<T> {
  return (out, value) => {
    const at = out.length;
    out.putInt32(0);
    write(out, value);
    out.setInt32(at, out.length - at - 4);
  };
}
