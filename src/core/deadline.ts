/**
 * A user's signal and timeout as one clock that holds from its creation and names the stage it found.
 * Its own signal's reason is always the error to report, so that nobody has to guess from a vendor's error
 * (vendors report aborts as ECONNRESET and resets as AbortError).
 */
import { connectorError } from '../errors.ts';
import type { ConnectorError, ErrorCode, Outcome } from '../errors.ts';
import type { Duration } from './duration.ts';
import { parseDuration } from './duration.ts';

/** Where an operation can stand; every error names one. */
export const STAGES = ['configure', 'pool', 'connect', 'open', 'transfer', 'backoff', 'commit', 'cleanup'] as const;
export type Stage = (typeof STAGES)[number];

export interface DeadlineOptions {
  /** Stops the operation at once; the error's `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The whole operation's time, from creation to commit. Default: none. */
  readonly timeout?: Duration | undefined;
}

/** One operation's clock. Call `close()` when the operation is over, or its listener stays on the user's signal. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #options: DeadlineOptions;
  readonly #onStage: (stage: Stage) => void;
  readonly #endsAt: number;
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #work: Stage = 'configure';
  #pauses = 0;

  /** `onStage` is told of every change of the stage; it may end the operation. */
  constructor(options: DeadlineOptions, onStage: (stage: Stage) => void = () => undefined) {
    this.#options = options;
    this.#onStage = onStage;
    this.signal = this.#controller.signal;
    this.#timeoutMs = options.timeout === undefined ? Infinity : parseDuration(options.timeout, 'timeout');
    this.#endsAt = performance.now() + this.#timeoutMs;
    if (options.signal?.aborted === true) {
      this.#onAbort();
      return;
    }
    options.signal?.addEventListener('abort', this.#onAbort);
    if (this.#timeoutMs !== Infinity) {
      // Unreferenced: a stream that was made and never used must not hold the process open.
      this.#timer = setTimeout(this.#onTimeout, this.#timeoutMs).unref();
    }
  }

  /** Where the operation stands: `backoff` while anything of it waits to be tried again, else as `work`. */
  get stage(): Stage {
    return this.#pauses > 0 && this.#work !== 'cleanup' ? 'backoff' : this.#work;
  }

  /** The stage that was entered last; a request that failed did so in this one, whatever else is waiting. */
  get work(): Stage {
    return this.#work;
  }

  /** What ended the operation, or undefined. Reads the clock: a CPU-bound pipeline starves timers. */
  get error(): ConnectorError | undefined {
    if (!this.signal.aborted && !this.#closed) {
      if (this.#options.signal?.aborted === true) this.#onAbort();
      else if (performance.now() >= this.#endsAt) this.#onTimeout();
    }
    return this.signal.aborted ? (this.signal.reason as ConnectorError) : undefined;
  }

  /** Milliseconds that are left, at least 0; Infinity without a timeout. */
  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  throwIfEnded(): void {
    const { error } = this;
    if (error !== undefined) throw error;
  }

  /** Moves to `stage`, unless the operation has already been ended or is being cleaned up. */
  enter(stage: Exclude<Stage, 'backoff' | 'cleanup'>): void {
    this.throwIfEnded();
    if (this.#work === 'cleanup') throw connectorError('ABORTED', 'the operation is over', { stage: 'cleanup' });
    this.#move(() => (this.#work = stage));
    // Whoever was told may have ended it.
    this.throwIfEnded();
  }

  /** A try failed and the next one is waited for. What it gives is to be called when that wait is over. */
  backOff(): () => void {
    // Once the commit was sent nothing here ends the operation, and that it was sent matters more than a pause.
    if (this.#closed) return () => undefined;
    this.#move(() => (this.#pauses += 1));
    return () => this.#move(() => (this.#pauses -= 1));
  }

  /** From here on everything is undone; no other stage can be entered, and what has ended the operation matters not. */
  enterCleanup(): void {
    this.#move(() => (this.#work = 'cleanup'));
  }

  /** Takes the listener off the user's signal and stops the timer: what happens now ends nothing. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    clearTimeout(this.#timer);
  }

  #move(change: () => void): void {
    const before = this.stage;
    change();
    if (this.stage !== before) this.#onStage(this.stage);
  }

  readonly #onAbort = (): void => {
    const cause: unknown = this.#options.signal?.reason;
    this.#end(connectorError('ABORTED', `the operation was aborted (${this.stage})`, { stage: this.stage, cause }));
  };

  readonly #onTimeout = (): void => {
    const message = `the timeout of ${this.#timeoutMs} ms ran out (${this.stage})`;
    this.#end(connectorError('DEADLINE_EXCEEDED', message, { stage: this.stage }));
  };

  #end(error: ConnectorError): void {
    this.close();
    this.#controller.abort(error);
  }
}

export interface Bound<T> {
  /** Ends the wait at once, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Default: no bound but the signal. */
  readonly timeout?: {
    readonly ms: number;
    readonly code: ErrorCode;
    readonly message: string;
    readonly outcome?: Outcome;
  };
  /** What to do with a value that arrives after the wait was given up: release it. */
  readonly late?: (value: T) => void;
}

/** Waits for `work`, but no longer than its bound. Never leaves a listener, a timer or an unhandled rejection. */
export function bounded<T>(work: Promise<T>, { signal, timeout, late }: Bound<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let waiting = true;
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      waiting = false;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const giveUp = (error: Error): void => {
      stop();
      reject(error);
    };
    const onAbort = (): void => giveUp(signal?.reason as Error);
    work.then(
      (value) => {
        if (!waiting) {
          late?.(value);
          return;
        }
        stop();
        resolve(value);
      },
      (error: unknown) => giveUp(error as Error),
    );
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort);
    if (timeout !== undefined) {
      const { ms, code, message, outcome } = timeout;
      timer = setTimeout(() => giveUp(connectorError(code, message, { outcome })), ms);
    }
  });
}

/** Why a signal fires that only says that something is over. One for all: making an error costs more than telling it. */
export const OVER = new DOMException('this work is over', 'AbortError');

/**
 * Runs `work` within a bound; its own signal fires when it is over or given up, so that nothing of it goes on.
 * Nothing is started once the bound's signal has fired.
 */
export async function attempt<T>(work: (signal: AbortSignal) => Promise<T>, bound: Bound<T>): Promise<T> {
  bound.signal?.throwIfAborted();
  const cut = new AbortController();
  try {
    return await bounded(work(cut.signal), bound);
  } finally {
    cut.abort(OVER);
  }
}
