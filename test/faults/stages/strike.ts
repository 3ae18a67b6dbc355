/** One blow to one operation: held at the point, struck there by a signal or by its deadline, then let go. */
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import type { StageWatch } from '../../support/stage-events.ts';

/** Its own signal, the signal of the pipeline, its own timeout; or its own signal, and at once everything else there is. */
export type Weapon = 'its signal' | "the pipeline's signal" | 'its deadline' | 'everything at once';

/** What is not ended by a blow is held for a moment longer, so that the blow had its chance. */
const AFTERMATH_MS = 30;

export const REASON = new Error('the user had enough');
/** What the other end of the pipeline fails with where a clean-up is to be struck. */
export const BOOM = new Error('the neighbour broke');

/** A stream, as far as it is struck. */
export interface Struck {
  readonly settled: Promise<unknown>;
  destroy(error: Error): unknown;
}

export interface StrikeOptions {
  readonly weapon: Weapon;
  readonly profile: string;
  readonly stages: StageWatch;
  /** The blow changes nothing at this point. */
  readonly unaffected: boolean;
  /** Of the stream, where its deadline is the weapon. */
  readonly timeoutMs: number;
  /** Is given the stream as soon as there is one. */
  readonly watch?: Watch | undefined;
}

/** Takes note of a stream, and gives it back. */
export type Watch = <S>(stream: S) => S;

export class Strike {
  readonly stages: StageWatch;
  readonly controller = new AbortController();
  readonly profile: string;
  readonly timeoutMs: number;
  /** What holds the operation at the point may let go: it has left for its clean-up, or cannot be moved. */
  readonly over: Promise<void>;
  /** Times of `performance.now()`. */
  readonly startedAt = performance.now();
  struckAt: number | undefined;
  /** Of the pipeline, where everything is used at once. */
  readonly #second = new AbortController();
  readonly #weapon: Weapon;
  readonly #watch: Watch | undefined;
  readonly #unaffected: boolean;
  #settled = false;
  /** The clock of the stream began before this. */
  #madeAt = this.startedAt;
  #stream: Struck | undefined;
  #letGo: () => void = () => undefined;

  constructor(options: StrikeOptions) {
    this.#weapon = options.weapon;
    this.#watch = options.watch;
    this.profile = options.profile;
    this.stages = options.stages;
    this.timeoutMs = options.timeoutMs;
    this.#unaffected = options.unaffected;
    this.over = new Promise((resolve) => (this.#letGo = resolve));
  }

  /** Whether the operation came to the point while its time ran. */
  get inTime(): boolean {
    return this.struckAt !== undefined && this.struckAt - this.startedAt < this.timeoutMs;
  }

  /** What every stream of the case is made with. */
  get options(): { readonly profile: string; readonly signal?: AbortSignal; readonly timeout?: number } {
    const { profile, timeoutMs } = this;
    if (this.#weapon === 'its deadline') return { profile, timeout: timeoutMs };
    return this.#weapon === "the pipeline's signal" ? { profile } : { profile, signal: this.controller.signal };
  }

  /** What the pipeline of the case is made with. */
  get pipelineOptions(): { readonly signal?: AbortSignal } {
    if (this.#weapon === "the pipeline's signal") return { signal: this.controller.signal };
    return this.#weapon === 'everything at once' ? { signal: this.#second.signal } : {};
  }

  /** The operation is at the point. Called again, it only waits with the others. */
  here(): Promise<void> {
    if (this.struckAt !== undefined) return this.over;
    this.struckAt = performance.now();
    if (!this.#unaffected) this.stages.at('cleanup', this.#letGo);
    if (this.#weapon !== 'its deadline') this.controller.abort(REASON);
    if (this.#weapon === 'everything at once') {
      for (const error of [new Error('first'), new Error('second')]) this.#stream?.destroy(error);
      this.#second.abort(REASON);
    }
    if (this.#unaffected) void this.dealt().then(this.#letGo);
    return this.over;
  }

  /** Strikes as soon as `holds`, which only this process can bring about. */
  async when(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#settled) await turn();
    if (holds()) await this.here();
  }

  /** Nothing is to be held any more, nor to be waited for, once the stream has settled. */
  follow(stream: Struck): void {
    this.#stream = stream;
    this.#watch?.(stream);
    this.#madeAt = performance.now();
    void stream.settled.then(() => {
      this.#settled = true;
      this.#letGo();
    });
  }

  /** Resolves when the blow has been dealt, and had its chance. */
  async dealt(): Promise<void> {
    void this.here();
    const endsAt = this.#weapon === 'its deadline' ? this.#madeAt + this.timeoutMs : performance.now();
    await pause(endsAt - performance.now() + AFTERMATH_MS);
  }
}
