/**
 * What a compressed format must tell the stream around it: where members begin and end, and whether the input may end here.
 * A framing is pure: it sees bytes, keeps counts, and throws; it owns no stream, no timer and no engine.
 */

import type { Transform } from 'node:stream';

/** The part of Node's zlib streams that we use. */
export interface Engine extends Transform {
  /** Input bytes taken so far. */
  readonly bytesWritten: number;
}

/** What the unread input begins with. `taken + body` is never more than its length, and never 0. */
export interface Step {
  /** Bytes of headers, trailers or padding, checked and done with. */
  readonly taken: number;
  /** Bytes after those that go to the engine. It may stop before their end, see {@link Framing.bodyEnded}. */
  readonly body: number;
}

/** One format's rules. */
export interface Framing {
  /** The public name of the stream, for errors. */
  readonly operation: string;
  /** Opens the engine that decodes bodies; `undefined` where the body is the output. */
  readonly openEngine: ((chunkSize: number) => Engine) | undefined;
  /** Looks at the unread input. Throws on bytes that cannot be there. */
  scan(input: Buffer): Step;
  /** The engine found the end of the body by itself: what follows is a trailer, or the next member. */
  bodyEnded(): void;
  /** Sees every chunk of output before it is passed on. */
  output(chunk: Buffer): void;
  /** The input ended. Throws unless that is allowed here. */
  end(): void;
}
