/** Local files to where a sink writes, and from where a source reads, each within one call. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { ConnectorError, asFailureOf, connectorError } from '../errors.ts';
import { classifyFileError } from './file-errors.ts';
import { FileParts } from './file-parts.ts';
import type { PartDriver } from './part-sink.ts';
import { writeWhole } from './partial-file.ts';
import type { RangedSource } from './ranged-source.ts';
import type { Sink, SinkDriver } from './sink.ts';
import { resultOf } from './whole-stream.ts';

/** Puts a file before what sends its parts. */
export type FileFeed<R> = (parts: PartDriver<R>) => SinkDriver<R>;

/**
 * Writes a regular file, whose ranges are read in parallel, to the sink that `openSink` makes for one of its size.
 *
 * @throws what the sink's stream fails with, `OBJECT_CHANGED` for a file that changes meanwhile, and Node's own errors.
 */
export async function sendFile<R>(path: string, openSink: (size: number, feed: FileFeed<R>) => Sink<R>): Promise<R> {
  // A pipe without a writer would keep whoever opens it waiting.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw connectorError('CONFIG_INVALID', 'what is to be uploaded is no regular file');
    const sink = openSink(Number(before.size), (parts) => new FileParts(parts, file, before));
    return await resultOf(sink, finished(sink.end()));
  } finally {
    await file.close();
  }
}

/** Reads all of `source` into `path`, which is there as a whole or not at all, and gives what is told of the source. */
export async function receiveFile<I>(source: RangedSource<I>, path: string, beforeRename: () => void): Promise<I> {
  // Whoever reads it is told; while the file is opened, nobody does.
  source.on('error', () => undefined);
  try {
    // No file is made for what cannot be read.
    const info = await source.info;
    await writeWhole(path, source as AsyncIterable<Uint8Array>, beforeRename);
    return info;
  } finally {
    source.destroy();
    await source.settled;
  }
}

/** The stream's own error, or that of a local file, as one of the whole call; `about` for any other. */
export function localFailure(operation: string, about: (error: unknown) => ConnectorError) {
  return (error: unknown): ConnectorError => {
    if (error instanceof ConnectorError) return asFailureOf(operation, error);
    return about(classifyFileError(error) ?? error);
  };
}
