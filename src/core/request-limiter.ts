/**
 * How many requests one store is sent at once, learned from its refusals: halved when it asks for fewer, one more for
 * each round that it takes (AIMD, as TCP does it). Shared by all that talk to the store, so that what one part was
 * told, the others need not be told as well. With a rate, it learns how many per second as well.
 * Invariant: nothing is sent while the store has asked for a pause, and never more than the limit at once.
 */
import type { RequestRate } from './request-rate.ts';

/** A request that was let through. */
export interface Admission {
  /** Milliseconds it waited while the store served others; a store that served nobody is waited for on one's own account. */
  readonly excusedMs: number;
  /** The store took it. */
  accepted(): void;
  /** The store asked for fewer: nothing is sent for `ms`. */
  refused(ms: number): void;
  /** The request is over, whatever came of it. Idempotent. */
  leave(): void;
}

interface Waiter {
  readonly place: number;
  readonly admit: () => void;
}

export class RequestLimiter {
  /** No limit until the first refusal. */
  #limit = Infinity;
  #active = 0;
  /** Counts the decreases: refusals of what was sent before the last one ask for nothing new. */
  #epoch = 0;
  #heldUntil = 0;
  #lastAccepted = -Infinity;
  #places = 0;
  /** In the order of their places. */
  readonly #waiting: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #rate: RequestRate | undefined;

  constructor(rate?: RequestRate) {
    this.#rate = rate;
  }

  /**
   * A place in the order in which requests are let through. A request that was refused comes back with the place it
   * had: the oldest is what a reader waits for, and it is the first to learn that the store refuses for good.
   */
  place(): number {
    return (this.#places += 1);
  }

  /**
   * Waits until one more request may be sent. Rejects with the signal's reason.
   * @param onPause - Called where there is something to wait for; what it gives is called when that is over.
   */
  async enter(place: number, signal: AbortSignal, onPause?: () => () => void): Promise<Admission> {
    const since = performance.now();
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#isOpen()) this.#letIn();
    else await this.#wait(place, signal).finally(onPause?.());
    const epoch = this.#epoch;
    let inside = true;
    return {
      excusedMs: this.#lastAccepted >= since ? performance.now() - since : 0,
      accepted: () => this.#speedUp(epoch),
      refused: (ms) => this.#slowDown(epoch, ms),
      leave: () => {
        if (!inside) return;
        inside = false;
        this.#active -= 1;
        this.#admit();
      },
    };
  }

  #wait(place: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        this.#admit();
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        place,
        admit: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const older = this.#waiting.findLastIndex((other) => other.place < place);
      this.#waiting.splice(older + 1, 0, waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#admit();
    });
  }

  #isOpen(): boolean {
    return this.#hasRoom() && this.#pauseMs() <= 0;
  }

  #hasRoom(): boolean {
    return this.#active < Math.floor(this.#limit);
  }

  #pauseMs(): number {
    return Math.max(this.#heldUntil - performance.now(), this.#rate?.waitMs ?? 0);
  }

  #letIn(): void {
    this.#active += 1;
    this.#rate?.take();
  }

  /** Lets in whoever may; comes back when a pause is over. Holds no timer while nobody waits. */
  #admit(): void {
    clearTimeout(this.#timer);
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      // Read once: a pause that is over between two looks at the clock would have nobody come back.
      const pauseMs = this.#pauseMs();
      if (pauseMs > 0) {
        this.#timer = setTimeout(() => this.#admit(), pauseMs);
        return;
      }
      this.#letIn();
      this.#waiting.shift()?.admit();
    }
  }

  #speedUp(epoch: number): void {
    this.#lastAccepted = performance.now();
    this.#rate?.accepted();
    // Only what was used up to the limit says that there is room for more.
    const width = Math.floor(this.#limit);
    if (epoch === this.#epoch && this.#active >= width) this.#limit += 1 / width;
  }

  #slowDown(epoch: number, ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, performance.now() + ms);
    if (epoch !== this.#epoch) return;
    this.#epoch += 1;
    this.#rate?.refused();
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#active) / 2));
  }
}
