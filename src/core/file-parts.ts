/** A local file before the driver that sends parts: each part is read where it is sent from, several ranges at a time. */
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { ConnectorError } from '../errors.ts';
import { connectorError } from '../errors.ts';
import { classifyFileError } from './file-errors.ts';
import type { AbortContext } from './lifecycle.ts';
import type { PartDriver } from './part-sink.ts';
import type { Leftover } from './settlement.ts';
import type { SinkDriver, SinkProgress } from './sink.ts';

/** As much of a `FileHandle` as is used here. */
export type ReadableFile = Pick<FileHandle, 'read' | 'stat'>;

/** Sends what the file was when it was looked at: one that changes under way is not committed. */
export class FileParts<R> implements SinkDriver<R> {
  readonly #parts: PartDriver<R>;
  readonly #file: ReadableFile;
  readonly #before: BigIntStats;
  #bytes = 0;

  constructor(parts: PartDriver<R>, file: ReadableFile, before: BigIntStats) {
    this.#parts = parts;
    this.#file = file;
    this.#before = before;
  }

  get progress(): SinkProgress {
    return { bytes: this.#bytes };
  }

  write(): Promise<void> {
    return Promise.reject(connectorError('CONFIG_INVALID', 'the bytes come from the file'));
  }

  async flush(): Promise<void> {
    await this.#parts.fill(Number(this.#before.size), (into, offset) => this.#read(into, offset));
    await this.#parts.flush();
    const { size, mtimeNs } = await this.#file.stat({ bigint: true });
    if (size !== this.#before.size || mtimeNs !== this.#before.mtimeNs) throw changed();
  }

  commit(signal: AbortSignal): Promise<R> {
    return this.#parts.commit(signal);
  }

  abort(context: AbortContext): Promise<Leftover | undefined> {
    return this.#parts.abort(context);
  }

  leftover(): Leftover | undefined {
    return this.#parts.leftover();
  }

  classify(error: unknown): ConnectorError {
    return classifyFileError(error) ?? this.#parts.classify(error);
  }

  async #read(into: Buffer, offset: number): Promise<void> {
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await this.#file.read(into, filled, into.length - filled, offset + filled);
      if (bytesRead === 0) throw changed();
      filled += bytesRead;
      this.#bytes += bytesRead;
    }
  }
}

function changed(): ConnectorError {
  return connectorError('OBJECT_CHANGED', 'the local file was changed while it was read');
}
