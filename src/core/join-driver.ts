/**
 * Several objects read as one, in order. All of them share one window of memory and requests, which is filled strictly
 * in the order of the bytes: the next object is opened as soon as every byte of those before it has been asked for.
 */
import { connectorError } from '../errors.ts';
import type { ConnectorError } from '../errors.ts';
import { JoinedObject } from './joined-object.ts';
import type { EachObject, JoinedReference } from './joined-object.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { RangedDriver } from './ranged-driver.ts';
import type { RangedHost, RangedWindow } from './ranged-window.ts';
import type { SourceDriver, SourceHost } from './source.ts';

/** What was read. */
export interface JoinResult {
  /** Bytes that came out, after the transforms of `each`. */
  readonly bytes: number;
  readonly objects: number;
  readonly durationMs: number;
  /** Requests for bytes, repeated ones included. */
  readonly requests: number;
  /** Requests that resumed or repeated a broken one. */
  readonly retries: number;
}

/** `R` names an object, `I` describes it. */
export interface JoinOptions<R extends JoinedReference<I>, I> {
  /** In the order in which they are to be read. */
  readonly objects: (signal: AbortSignal) => AsyncIterator<R, void>;
  readonly reader: (reference: R, host: RangedHost) => RangedDriver<I>;
  readonly classify: (error: unknown) => ConnectorError;
  /** The error with the name of the object that it is about. */
  readonly about: (error: ConnectorError, reference: R) => ConnectorError;
  readonly each: EachObject<I> | undefined;
  /** Called for each object before its first byte goes out, when all those before it have. */
  readonly onObject: (info: I) => void;
  /** Whether more than one object may be read without transforms of its own. */
  readonly raw: boolean;
  readonly window: RangedWindow;
  /** Objects opened ahead of the one being read, at most. */
  readonly maxAhead: number;
}

export class JoinDriver<R extends JoinedReference<I>, I> implements SourceDriver<JoinResult> {
  readonly #options: JoinOptions<R, I>;
  readonly #lifecycle: Lifecycle<JoinResult>;
  readonly #host: RangedHost;
  readonly #stopped = new AbortController();
  readonly #objects: AsyncIterator<R, void>;
  readonly #open: JoinedObject<I>[] = [];
  readonly #totals = { bytes: 0, objects: 0, requests: 0, retries: 0 };
  #sizes = 0;
  #started = false;
  #begun: JoinedObject<I> | undefined;
  #advancing = false;
  #exhausted = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(options: JoinOptions<R, I>, lifecycle: Lifecycle<JoinResult>, host: SourceHost) {
    this.#options = options;
    this.#lifecycle = lifecycle;
    this.#host = { fail: (error) => host.fail(error), room: () => this.#fill() };
    this.#objects = options.objects(this.#stopped.signal);
  }

  /** Known when all objects are, and only for bytes that go through no transforms. */
  get totalBytes(): number | undefined {
    if (!this.#exhausted || this.#options.each !== undefined) return undefined;
    let sum = this.#sizes;
    for (const { driver } of this.#open) {
      if (driver.totalBytes === undefined) return undefined;
      sum += driver.totalBytes;
    }
    return sum;
  }

  async pull(): Promise<Buffer | undefined> {
    if (!this.#started) await this.#start();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure as Error;
      const current = this.#open[0];
      if (current === undefined) {
        if (this.#exhausted) return undefined;
        this.#fill();
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      if (current !== this.#begun) await this.#begin(current);
      const chunk = await current.pull();
      if (chunk !== undefined) {
        this.#totals.bytes += chunk.length;
        return chunk;
      }
      this.#close(current);
    }
  }

  result(): JoinResult {
    return { ...this.#totals, durationMs: this.#lifecycle.operation.durationMs };
  }

  classify(error: unknown): ConnectorError {
    return this.#options.classify(error);
  }

  async abort(): Promise<undefined> {
    this.#stopped.abort(connectorError('ABORTED', 'the reading was stopped'));
    await Promise.all(this.#open.map((object) => object.abort()));
  }

  leftover(): undefined {
    return undefined;
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Finds out how many objects there are, as far as it matters, before any byte goes out. */
  async #start(): Promise<void> {
    const first = await this.#next();
    if (first !== undefined && this.#options.each === undefined && !this.#options.raw) {
      if ((await this.#next()) !== undefined) throw needsEach();
    }
    this.#started = true;
    if (first !== undefined) this.#add(first);
  }

  async #next(): Promise<R | undefined> {
    if (this.#exhausted) return undefined;
    const next = await this.#objects.next();
    if (next.done !== true) return next.value;
    this.#exhausted = true;
    return undefined;
  }

  #add(reference: R): void {
    const { each, reader, about } = this.#options;
    const driver = reader(reference, this.#host);
    const { info } = reference;
    this.#open.push(new JoinedObject({ driver, info, each, about: (error) => about(error, reference) }));
    this.#fill();
  }

  async #begin(object: JoinedObject<I>): Promise<void> {
    this.#begun = object;
    this.#options.onObject(await object.info());
  }

  #close(object: JoinedObject<I>): void {
    this.#open.shift();
    const { requests, retries } = object.driver.result();
    this.#totals.objects += 1;
    this.#totals.requests += requests;
    this.#totals.retries += retries;
    this.#sizes += object.driver.totalBytes ?? 0;
    this.#fill();
  }

  #fill(): void {
    for (const { driver } of this.#open) {
      driver.fill();
      if (!driver.requested) return;
    }
    void this.#advance();
  }

  /** Opens the next object, if there is room for it. */
  async #advance(): Promise<void> {
    const { window, maxAhead } = this.#options;
    if (!this.#started || this.#advancing || this.#exhausted || this.#isStopped()) return;
    if (this.#open.length > maxAhead || !window.hasRoom) return;
    this.#advancing = true;
    try {
      const next = await this.#next();
      this.#advancing = false;
      if (next !== undefined && !this.#isStopped()) this.#add(next);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#advancing = false;
      this.#wake?.();
    }
  }
}

function needsEach(): ConnectorError {
  return connectorError(
    'CONFIG_INVALID',
    'more than one object matches: pass `each` for transforms of each object, or `join: "raw"` to join their bytes as they are',
  );
}
