/** Streams that a failed check has left behind: destroyed, so that they hold up nothing else. */
import type { Sink } from '../../../src/core/sink.ts';
import type { Source } from '../../../src/core/source.ts';

type Stream = Source<unknown> | Sink<unknown>;

export interface Made {
  /** Remembers a stream, and gives it back. */
  <S extends Stream>(stream: S): S;
  /** Ends what has not ended. */
  destroyAll(): Promise<void>;
}

export function remembering(): Made {
  const streams: Stream[] = [];
  const remember = <S extends Stream>(stream: S): S => {
    streams.push(stream);
    return stream;
  };
  const destroyAll = async (): Promise<void> => {
    const left = streams.filter(({ closed }) => !closed);
    for (const stream of left) stream.on('error', () => undefined).destroy();
    await Promise.all(left.map(({ settled }) => settled));
  };
  return Object.assign(remember, { destroyAll });
}
