/** What every sink must do. */
import { abortingChecks } from './aborting.ts';
import { callingChecks } from './calling.ts';
import { durableChecks } from './durable.ts';
import { failingChecks } from './failing.ts';
import { feedingChecks } from './feeding.ts';
import { leavingChecks } from './leaving.ts';
import type { SinkCheck } from './place.ts';
import { waitingChecks } from './waiting.ts';
import { wholeChecks } from './whole.ts';

export const sinkChecks: readonly SinkCheck[] = [
  ...wholeChecks,
  ...callingChecks,
  ...feedingChecks,
  ...waitingChecks,
  ...durableChecks,
  ...leavingChecks,
  ...failingChecks,
  ...abortingChecks,
];
