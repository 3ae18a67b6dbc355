/** What ends one operation before its time: when, and by whose hand. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { between } from '../../support/seed.ts';
import type { StageEvent } from '../../support/stage-events.ts';

/** In their order; `later` is any time. A reader commits nothing: its last moment is its last row. */
export const MOMENTS = [
  'created',
  'waiting',
  'open',
  'transfer',
  'first',
  'middle',
  'last',
  'commit',
  'later',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** A signal of the operation's own, the pipeline's, `destroy()`, or the other end of the pipeline, which leaves. */
export const WEAPONS = ['signal', 'pipeline', 'destroy', 'neighbour'] as const;
export type Weapon = (typeof WEAPONS)[number];

const CHANNEL = 'sluice:operation:stage';

export class Doom {
  readonly moment: Moment | undefined;
  readonly weapon: Weapon;
  readonly own = new AbortController();
  readonly pipeline = new AbortController();
  readonly laterMs: number;
  isStruck = false;
  #destroy: () => void = () => undefined;

  /** One that spares its operation has no moment. */
  constructor(random: () => number, strikes: boolean) {
    const moment = MOMENTS[between(random, 0, MOMENTS.length)];
    this.moment = strikes ? moment : undefined;
    this.weapon = WEAPONS[between(random, 0, WEAPONS.length)] ?? 'signal';
    this.laterMs = random() * 40;
  }

  /** The operation is there. */
  at(moment: Moment): void {
    if (moment !== this.moment || this.isStruck) return;
    this.isStruck = true;
    if (this.weapon === 'signal') this.own.abort(new Error('doomed'));
    if (this.weapon === 'pipeline') this.pipeline.abort(new Error('doomed'));
    if (this.weapon === 'destroy') this.#destroy();
  }

  /** The stream that `destroy()` is for. */
  aim(stream: { destroy(): unknown }): void {
    this.#destroy = () => void stream.destroy();
    this.at('created');
    if (this.moment === 'later') setTimeout(() => this.at('later'), this.laterMs);
  }

  /** Whether the other end of the pipeline is to leave now. */
  get leaves(): boolean {
    return this.isStruck && this.weapon === 'neighbour';
  }
}

/** What the other end of a pipeline fails with when it is the one that leaves. */
export const LEFT = new Error('the neighbour left');

const STAGES: Readonly<Record<string, Moment>> = {
  ...{ pool: 'waiting', connect: 'waiting', open: 'open', transfer: 'transfer', commit: 'commit' },
};

/** While `work` runs, `doom` hears which stages the operation of `profile` enters. */
export async function watched<T>(profile: string, doom: Doom, work: () => Promise<T>): Promise<T> {
  const listener = (message: unknown): void => {
    const event = message as StageEvent;
    const moment = STAGES[event.stage];
    if (moment !== undefined && event.profile === profile) doom.at(moment);
  };
  subscribe(CHANNEL, listener);
  try {
    return await work();
  } finally {
    unsubscribe(CHANNEL, listener);
  }
}
