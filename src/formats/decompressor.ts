/**
 * The stream around one format: hands bodies to zlib's engine, watches the limits, and ends only after the format's framing has
 * agreed. Memory is bounded by two output chunks here, two in the engine, and the input's high-water mark.
 */

import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { fromEngine, overLimit } from './compression-errors.ts';
import type { Engine, Framing } from './framing.ts';
import { OutputLimit } from './output-limit.ts';
import type { OutputLimits } from './output-limit.ts';

/** What a decompressor is made of. */
export interface DecompressorParts extends OutputLimits {
  /** The format, or `undefined` while `head`, the input's first bytes, is too short to tell. */
  readonly choose: (head: Buffer) => Framing | undefined;
  /** The format of an input that ended before `choose` could tell. */
  readonly chooseAtEnd: () => Framing;
  /** Bytes of one output chunk. */
  readonly chunkSize: number;
}

/** Input is gathered up to this many bytes: every call of an engine is a round trip through the thread pool. */
const INPUT_BYTES = 512 * 1024;

/** A Transform that decodes whatever `choose` chose. */
export class Decompressor extends Transform {
  readonly #parts: DecompressorParts;
  readonly #limit: OutputLimit;
  #framing: Framing | undefined;
  #engine: Engine | undefined;
  /** Input not yet done with: the current chunk's rest, or a head too short to tell the format. */
  #input: Buffer = Buffer.alloc(0);
  /** Input bytes done with outside `#engine`, which counts its own. */
  #passed = 0;
  /** What `#engine` had counted before the body it is reading. */
  #countBefore = 0;
  /** Calls for more input, or at the end closes the stream. */
  #inputUsed: () => void = () => undefined;
  #isEnding = false;

  constructor(parts: DecompressorParts) {
    super({ writableHighWaterMark: INPUT_BYTES, readableHighWaterMark: 2 * parts.chunkSize });
    this.#parts = parts;
    this.#limit = new OutputLimit(parts);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'latin1', done);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    this.#inputUsed = done;
    this.#framing ??= this.#parts.choose(this.#input);
    if (this.#framing === undefined) done();
    else this.#advance(this.#framing);
  }

  override _flush(done: TransformCallback): void {
    const framing = (this.#framing ??= this.#parts.chooseAtEnd());
    this.#inputUsed = () => this.#end(framing, done);
    this.#advance(framing);
  }

  override _read(size: number): void {
    this.#engine?.resume();
    super._read(size);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#engine?.destroy();
    done(error);
  }

  #advance(framing: Framing): void {
    while (this.#input.length > 0 && !this.destroyed) {
      let step = { taken: 0, body: 0 };
      if (!this.#isAllowed(() => (step = framing.scan(this.#input)))) return;
      this.#input = this.#input.subarray(step.taken);
      this.#passed += step.taken;
      if (step.body > 0 && framing.openEngine !== undefined) {
        this.#engine ??= this.#open(framing, framing.openEngine);
        this.#feed(this.#engine, framing, step.body);
        return;
      }
      if (step.body > 0) this.#emit(framing, this.#input.subarray(0, step.body));
      this.#input = this.#input.subarray(step.body);
      this.#passed += step.body;
    }
    if (!this.destroyed) this.#inputUsed();
  }

  #feed(engine: Engine, framing: Framing, length: number): void {
    this.#countBefore = engine.bytesWritten;
    engine.write(this.#input.subarray(0, length), (error) => {
      // An engine that failed or stopped early says so by its events, which may come after this: 'end' waits for the reader.
      if (error || engine !== this.#engine || engine.bytesWritten - this.#countBefore < length) return;
      this.#input = this.#input.subarray(length);
      this.#advance(framing);
    });
  }

  #open(framing: Framing, openEngine: NonNullable<Framing['openEngine']>): Engine {
    const engine = openEngine(this.#parts.chunkSize);
    engine.on('data', (chunk: Buffer) => this.#emit(framing, chunk));
    engine.on('error', (error) => this.destroy(fromEngine(framing.operation, error)));
    engine.on('end', () => this.#bodyEnded(engine, framing));
    return engine;
  }

  /** zlib stopped before the end of what it was given; or, at the very end, has given all of its output. */
  #bodyEnded(engine: Engine, framing: Framing): void {
    if (this.destroyed) return;
    this.#engine = undefined;
    this.#passed += engine.bytesWritten;
    this.#input = this.#input.subarray(engine.bytesWritten - this.#countBefore);
    engine.destroy();
    if (this.#isEnding || this.#isAllowed(() => framing.bodyEnded())) this.#advance(framing);
  }

  #end(framing: Framing, done: TransformCallback): void {
    if (!this.#isAllowed(() => framing.end())) return;
    if (this.#engine === undefined) {
      done();
      return;
    }
    this.#isEnding = true;
    this.#inputUsed = done;
    this.#countBefore = this.#engine.bytesWritten;
    this.#engine.end();
  }

  #emit(framing: Framing, chunk: Buffer): void {
    if (this.destroyed) return;
    framing.output(chunk);
    const { room, exceeded } = this.#limit.admit(
      chunk.length,
      this.#passed + (this.#engine?.bytesWritten ?? chunk.length),
    );
    if (exceeded === undefined) {
      if (!this.push(chunk)) this.#engine?.pause();
      return;
    }
    if (room > 0) this.push(chunk.subarray(0, room));
    this.destroy(overLimit(framing.operation, exceeded));
  }

  /** Whether the framing accepts what it is shown; if not, the stream is destroyed with the framing's error. */
  #isAllowed(check: () => unknown): boolean {
    try {
      check();
      return true;
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error('a framing threw something else than an error'));
      return false;
    }
  }
}
