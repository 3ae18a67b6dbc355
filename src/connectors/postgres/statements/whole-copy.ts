/** COPY of everything at once, awaited: `pgCopyFrom` and `pgCopyTo` with both ends of their pipeline. */
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { resultOf, writeAll } from '../../../core/whole-stream.ts';
import type { ByteInput } from '../../../core/whole-stream.ts';
import { pgCopyFrom } from '../copy-from.ts';
import type { PgCopyFromOptions } from '../copy-from.ts';
import { pgCopyTo } from '../copy-to.ts';
import type { PgCopyToOptions } from '../copy-to.ts';

/** What is loaded: the bytes themselves, as bytes or text, or whatever gives them bit by bit. */
export type CopyInput = ByteInput;

/** What takes the bytes: a stream, or a function that reads them. */
export type CopyOutput = Writable | WritableStream<Uint8Array> | ((bytes: AsyncIterable<Buffer>) => Promise<unknown>);

export type CopyFromOptions = Omit<PgCopyFromOptions, 'table' | 'profile' | 'config' | 'client'>;
export type CopyToOptions = Omit<PgCopyToOptions, 'table' | 'query' | 'profile' | 'config' | 'client'>;

/** A table, or a query of SQL, which is passed on as it is: never build it from input. */
export type Copied = string | { readonly query: string };

export const copied = (from: Copied): { readonly table: string } | { readonly query: string } =>
  typeof from === 'string' ? { table: from } : { query: from.query };

/** Rows that were loaded. */
export async function copyAllFrom(options: PgCopyFromOptions, source: CopyInput): Promise<number> {
  return (await writeAll(pgCopyFrom(options), source)).rows;
}

/** Rows that were handed out, and taken to their end. */
export async function copyAllTo(options: PgCopyToOptions, destination: CopyOutput): Promise<number> {
  const source = pgCopyTo(options);
  const piped =
    typeof destination === 'function'
      ? pipeline(source, (bytes) => destination(bytes as AsyncIterable<Buffer>))
      : pipeline(source, destination as NodeJS.WritableStream);
  return (await resultOf(source, piped)).rows;
}
