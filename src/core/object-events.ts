/** The event of a source that reads several objects: which one its next bytes are of. */
import type { Readable } from 'node:stream';
import { connectorError } from '../errors.ts';

/** Of a source whose objects `I` describes. */
export interface ObjectEvents<I> {
  /**
   * `'object'`: what follows is of this object, and all bytes of those before it were taken. An object from a listing
   * is told as it was listed, one that was named as its first answer says. A listener that throws fails the stream, and
   * what it threw is the cause of a `PIPELINE_FAILED`.
   */
  on(event: 'object', listener: (info: I) => void): this;
  once(event: 'object', listener: (info: I) => void): this;
}

/** Tells of an object. @throws PermanentError `PIPELINE_FAILED` for what a listener threw. */
export function tellObject(source: Readable, info: unknown): void {
  try {
    source.emit('object', info);
  } catch (cause) {
    throw connectorError('PIPELINE_FAILED', 'a listener of `object` failed', { cause });
  }
}
