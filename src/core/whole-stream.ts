/** A stream that is awaited as a whole: what it comes to, or an error of ours, whichever end of its pipeline failed. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connectorError, withDetails } from '../errors.ts';
import type { Settled } from './settlement.ts';
import type { Sink } from './sink.ts';

/** What is written: the bytes themselves, as bytes or text, or whatever gives them bit by bit. */
export type ByteInput =
  string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array> | NodeJS.ReadableStream;

/** How many bytes are written, where they are all there already. */
export function bytesHere(input: ByteInput): number | undefined {
  return typeof input === 'string' || input instanceof Uint8Array ? Buffer.byteLength(input) : undefined;
}

/** Writes all of `input`. An iterable that fails, or a stream, is the cause of a `PIPELINE_FAILED`. */
export function writeAll<R>(sink: Sink<R>, input: ByteInput): Promise<R> {
  // A text or a buffer is one chunk, and not its characters or bytes.
  const isOne = typeof input === 'string' || input instanceof Uint8Array;
  const source = isOne || !('pipe' in input) ? Readable.from(isOne ? [input] : input, { objectMode: true }) : input;
  return resultOf(sink, pipeline(source, sink));
}

/** What `stream` came to by `piped`. `PIPELINE_FAILED` has the other end's error as its cause. */
export async function resultOf<R>(
  stream: { readonly settled: Promise<Settled<R>> },
  piped: Promise<unknown>,
): Promise<R> {
  let failure: { readonly cause: unknown } | undefined;
  try {
    await piped;
  } catch (cause) {
    failure = { cause };
  }
  const { outcome, result, error } = await stream.settled;
  if (failure === undefined && result !== undefined) return result;
  throw withDetails(
    error ?? connectorError('PIPELINE_FAILED', 'the other end of the pipeline failed', { ...failure }),
    {
      outcome,
    },
  );
}
