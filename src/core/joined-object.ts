/** One object of several: its bytes, through its own transforms where there are any. */
import { Readable, Stream, pipeline } from 'node:stream';
import type { Duplex } from 'node:stream';
import { ConnectorError, connectorError } from '../errors.ts';
import type { RangedDriver } from './ranged-driver.ts';

/** Transforms of one object, which `I` describes: byte streams in, byte streams out. */
export type EachObject<I> = (info: I) => Duplex | readonly Duplex[];

/** Which object is to be read. */
export interface JoinedReference<I> {
  /** From the listing; undefined for an object that was named. */
  readonly info: I | undefined;
}

export interface JoinedOptions<I> extends JoinedReference<I> {
  readonly driver: RangedDriver<I>;
  readonly each: EachObject<I> | undefined;
  /** The error with the object's name. */
  readonly about: (error: ConnectorError) => ConnectorError;
}

export class JoinedObject<I> {
  readonly driver: RangedDriver<I>;
  readonly #options: JoinedOptions<I>;
  #stages: readonly (Readable | Duplex)[] = [];
  #closings: readonly Promise<void>[] = [];
  #output: AsyncIterator<unknown> | undefined;

  constructor(options: JoinedOptions<I>) {
    this.driver = options.driver;
    this.#options = options;
  }

  /** As the listing tells of it, or else its first answer. */
  info(): I | Promise<I> {
    return this.#options.info ?? this.driver.info();
  }

  /** The next bytes that came out; undefined at the end, when everything of this object was given back. */
  async pull(): Promise<Buffer | undefined> {
    const { each, about } = this.#options;
    if (each === undefined) return this.driver.pull();
    try {
      this.#output ??= await this.#open(each);
      const next = await this.#output.next();
      if (next.done !== true) return asBuffer(next.value);
    } catch (error) {
      throw about(asConnectorError(error));
    }
    // A transform may end before its input does. Nothing here bounds how long a foreign stream takes to close.
    for (const stage of this.#stages) stage.destroy();
    await this.driver.abort();
    return undefined;
  }

  async abort(): Promise<void> {
    for (const stage of this.#stages) stage.destroy();
    const closings = this.#closings.filter((_, index) => this.#stages[index]?.closed !== true);
    await Promise.all([this.driver.abort(), ...closings]);
  }

  async #open(each: EachObject<I>): Promise<AsyncIterator<unknown>> {
    const made = each(await this.info());
    const transforms = Array.isArray(made) ? (made as readonly Duplex[]) : [made as Duplex];
    if (!transforms.every(isStream)) {
      throw connectorError('CONFIG_INVALID', '`each` must give streams of node:stream');
    }
    const body = bodyOf(this.driver);
    this.#stages = [body, ...transforms];
    // Listened for from the start: streams of older packages do not tell that they have closed.
    this.#closings = this.#stages.map((stage) => new Promise((resolve) => stage.once('close', resolve)));
    for (const stage of this.#stages) stage.on('error', () => undefined);
    // Every stage's error destroys all of them, the last one too, and is met there by the reader.
    if (transforms.length > 0) pipeline(this.#stages as [Readable, ...Duplex[]], () => undefined);
    const last = this.#stages.at(-1) ?? body;
    return last[Symbol.asyncIterator]();
  }
}

const isStream = (value: unknown): boolean => value instanceof Stream;

function bodyOf(driver: { pull(): Promise<Buffer | undefined> }): Readable {
  const body: Readable = new Readable({
    highWaterMark: 0,
    read: () => {
      driver.pull().then(
        (chunk) => body.push(chunk ?? null),
        (error: unknown) => body.destroy(error as Error),
      );
    },
  });
  return body;
}

function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw connectorError('CONFIG_INVALID', 'the transforms of `each` must give bytes, not objects');
}

/** What a user's own transform threw is not ours to judge: it is the cause, as it is. */
function asConnectorError(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  return connectorError('PIPELINE_FAILED', 'a transform of `each` failed', { cause: error });
}
