/** The stages of operations as users see them: by the events of `sluice:operation:stage`. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Stage } from '../../src/core/deadline.ts';

const CHANNEL = 'sluice:operation:stage';

export interface StageEvent {
  readonly connector: string;
  readonly operation: string;
  readonly profile: string;
  readonly stage: Stage;
}

export interface StageWatch extends Disposable {
  /** In the order in which they were entered. */
  readonly seen: readonly Stage[];
  /** Resolves when `stage` is entered for the first time; one that has been entered counts. */
  entered(stage: Stage): Promise<void>;
  /** Runs `act` within the event, the next time that `stage` is entered: the operation does nothing in between. */
  at(stage: Stage, act: () => void): void;
}

/** Watches the operations of one profile: a test gives its streams a profile that no other has. */
export function watchStages(profile: string): StageWatch {
  const seen: Stage[] = [];
  const acts: [Stage, () => void][] = [];
  const at = (stage: Stage, act: () => void): void => void acts.push([stage, act]);
  const listener = (message: unknown): void => {
    const event = message as StageEvent;
    if (event.profile !== profile) return;
    seen.push(event.stage);
    const due = acts.filter(([stage]) => stage === event.stage);
    for (const entry of due) acts.splice(acts.indexOf(entry), 1);
    for (const [, act] of due) act();
  };
  subscribe(CHANNEL, listener);
  return {
    seen,
    at,
    entered: (stage) =>
      new Promise((resolve) => {
        if (seen.includes(stage)) resolve();
        else at(stage, resolve);
      }),
    [Symbol.dispose]: () => void unsubscribe(CHANNEL, listener),
  };
}
