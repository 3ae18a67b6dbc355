/** Decodes bytes that arrive in pieces. */
import assert from 'node:assert/strict';
import { copyDecoder } from '../../../../src/connectors/postgres/decoding/copy-decoder.ts';
import { decoderOptions } from '../../../../src/connectors/postgres/decoding/options.ts';
import type { DecodeCopyOptions } from '../../../../src/connectors/postgres/decoding/options.ts';
import { ConnectorError } from '../../../../src/errors.ts';

/** The rows, and the error that ended them, as it tells of itself. */
export interface Decoded {
  readonly rows: readonly unknown[];
  readonly error?: { readonly code: string; readonly line: number | undefined; readonly message: string };
}

/** Pieces are cut by `sizes`, again and again. Each has memory of its own, which is overwritten once it is used up. */
export function decode(options: DecodeCopyOptions, input: Buffer | string, sizes: readonly number[] = []): Decoded {
  const decoder = copyDecoder(decoderOptions(options));
  const bytes = Buffer.from(input);
  const rows: unknown[] = [];
  const drain = (isLast: boolean): void => {
    for (let row = decoder.next(isLast); row !== undefined; row = decoder.next(isLast)) rows.push(row);
  };
  let last = Buffer.alloc(0);
  try {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const piece = Buffer.from(bytes.subarray(at, at + (sizes[turn % sizes.length] ?? bytes.length)));
      at += piece.length;
      decoder.take(piece);
      last.fill('?');
      drain(false);
      last = piece;
    }
    drain(true);
    return { rows };
  } catch (error) {
    assert.ok(error instanceof ConnectorError, String(error));
    const { code, line, message } = error;
    return { rows, error: { code, line, message } };
  }
}
