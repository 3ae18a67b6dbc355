/** Runs a Transform over chunks and says what became of them: bytes, and the code it failed with. */
import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ErrorCode } from '../../../src/errors.ts';
import { codeAmong, must } from '../broken.ts';
import { cutInto } from '../mutation.ts';

export interface Became {
  readonly output: Buffer;
  readonly code: ErrorCode | undefined;
}

export async function runThrough(
  stream: Transform,
  bytes: Buffer,
  cuts: readonly number[],
  codes: readonly ErrorCode[],
): Promise<Became> {
  const output: Buffer[] = [];
  let code: ErrorCode | undefined;
  try {
    await pipeline(
      Readable.from(cutInto(bytes, cuts), { objectMode: false }),
      stream,
      async (source: AsyncIterable<Buffer>) => {
        for await (const chunk of source) output.push(chunk);
      },
    );
  } catch (error) {
    code = codeAmong(error, codes);
  }
  return { output: Buffer.concat(output), code };
}

/** What a stream made of its input may not depend on how the input was cut. */
export function mustAgree(one: Became, other: Became): void {
  must(one.code === other.code, `it depends on the chunks: ${one.code ?? 'success'} or ${other.code ?? 'success'}`);
  // After a failure, how much was passed on before it may differ; what was passed on may not.
  const length = one.code === undefined ? one.output.length : Math.min(one.output.length, other.output.length);
  must(one.code !== undefined || other.output.length === length, 'the length of the output depends on the chunks');
  const [a, b] = [one.output.subarray(0, length), other.output.subarray(0, length)];
  must(a.equals(b), 'the output depends on the chunks');
}
