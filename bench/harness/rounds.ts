/** Runs the contenders of a path in rounds: A B C, B C A, C A B, so that nobody always comes first or after the same. */
import type { Contender } from './case.ts';
import { measure } from './measure.ts';
import type { Sample } from './measure.ts';

export interface ContenderResult {
  readonly name: string;
  readonly role: Contender['role'];
  /** One for each round; the same index is the same round for every contender. */
  readonly samples: readonly Sample[];
  /** The same process with nothing to do. */
  readonly idle: readonly Sample[];
}

export type Progress = (message: string) => void;

const IDLE_ROUNDS = 3;

export class Rounds {
  readonly #contenders: readonly Contender[];
  readonly #progress: Progress;
  readonly #samples: Map<string, Sample[]>;
  readonly #idle: Map<string, Sample[]>;
  #round = 0;

  constructor(contenders: readonly Contender[], progress: Progress) {
    this.#contenders = contenders;
    this.#progress = progress;
    this.#samples = new Map(contenders.map(({ name }) => [name, []]));
    this.#idle = new Map(contenders.map(({ name }) => [name, []]));
  }

  /** Everybody once, unmeasured: caches fill, files are read, mistakes show. */
  async warmUp(): Promise<void> {
    this.#progress('warm-up');
    for (const contender of this.#contenders) await work(contender);
  }

  /** What each process costs that has nothing to do. */
  async idle(): Promise<void> {
    for (let round = 0; round < IDLE_ROUNDS; round += 1) {
      for (const contender of rotated(this.#contenders, round)) {
        await contender.prepare?.();
        const { sample } = await measure(contender.idle);
        this.#idle.get(contender.name)?.push(sample);
      }
    }
  }

  async run(rounds: number): Promise<void> {
    for (let count = 0; count < rounds; count += 1) {
      for (const contender of rotated(this.#contenders, this.#round)) {
        this.#samples.get(contender.name)?.push(await work(contender));
      }
      this.#round += 1;
      const times = this.#contenders.map(({ name }) => `${name} ${last(this.#samples.get(name)).toFixed(2)}`);
      this.#progress(`round ${this.#round}: ${times.join(', ')} s`);
    }
  }

  results(): ContenderResult[] {
    return this.#contenders.map(({ name, role }) => ({
      name,
      role,
      samples: [...(this.#samples.get(name) ?? [])],
      idle: [...(this.#idle.get(name) ?? [])],
    }));
  }
}

/** The list from its `by`-th item on, then those before it. */
export function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

async function work(contender: Contender): Promise<Sample> {
  await contender.prepare?.();
  const { sample, output } = await measure(contender.command);
  await contender.verify(output);
  return sample;
}

function last(samples: readonly Sample[] = []): number {
  return samples.at(-1)?.wallS ?? Number.NaN;
}
