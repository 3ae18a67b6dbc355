/**
 * How many requests per second one store takes, learned from its refusals: what AWS' SDKs call the adaptive retry mode
 * ("Retry behavior", AWS SDKs and Tools Reference Guide). Unlimited until the first refusal; then a token bucket whose
 * rate falls with each refusal, and rises along a cubic curve (RFC 9438): fast to near what was refused, slowly past it,
 * then fast again. Pure bookkeeping over the clock.
 */

/** What is left of the rate after a refusal. */
const DECREASE = 0.7;
/** How steep the curve is, in requests per second and cubic second. */
const STEEPNESS = 0.4;
/** Requests per second: a store that refuses all is still asked. */
const LEAST_RATE = 0.5;
/** Of the newest stretch in the measured rate. */
const WEIGHT = 0.8;
const STRETCH_MS = 500;

export class RequestRate {
  /** Undefined before the first refusal. */
  #perSecond: number | undefined;
  #tokens = 0;
  #filledAt = 0;
  /** Of requests that were accepted, per second. */
  #measured = 0;
  #accepted = 0;
  #stretch = 0;
  /** The rate that was refused last, and when. */
  #refused = 0;
  #refusedAt = 0;

  /** Milliseconds until one more request may be sent; 0 for at once. */
  get waitMs(): number {
    if (this.#perSecond === undefined) return 0;
    this.#fill(this.#perSecond);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1_000);
  }

  /** A request is sent. */
  take(): void {
    this.#tokens -= 1;
  }

  accepted(): void {
    this.#accepted += 1;
    this.#measure();
    if (this.#perSecond === undefined) return;
    const seconds = (performance.now() - this.#refusedAt) / 1_000;
    const plateau = Math.cbrt((this.#refused * (1 - DECREASE)) / STEEPNESS);
    const curve = STEEPNESS * (seconds - plateau) ** 3 + this.#refused;
    // What was not asked for was not accepted either: no more than twice of what was, and no less after a rest.
    this.#set(Math.max(this.#perSecond, Math.min(curve, 2 * this.#measured)));
  }

  /** Once for each round of refusals. */
  refused(): void {
    this.#measure();
    this.#refused = Math.min(this.#measured, this.#perSecond ?? Infinity);
    this.#refusedAt = performance.now();
    // What was saved up was refused as well.
    this.#tokens = 0;
    this.#filledAt = this.#refusedAt;
    this.#set(this.#refused * DECREASE);
  }

  #set(perSecond: number): void {
    if (this.#perSecond !== undefined) this.#fill(this.#perSecond);
    this.#perSecond = Math.max(LEAST_RATE, perSecond);
  }

  /** Saves up the requests of one second at most. */
  #fill(perSecond: number): void {
    const now = performance.now();
    this.#tokens = Math.min(Math.max(1, perSecond), this.#tokens + ((now - this.#filledAt) / 1_000) * perSecond);
    this.#filledAt = now;
  }

  #measure(): void {
    const now = performance.now();
    this.#stretch ||= now;
    const ms = now - this.#stretch;
    if (ms < STRETCH_MS) return;
    this.#measured = WEIGHT * ((this.#accepted * 1_000) / ms) + (1 - WEIGHT) * this.#measured;
    this.#accepted = 0;
    this.#stretch = now;
  }
}
