/** What every source must do. */
import { abortingChecks } from './aborting.ts';
import { consumingChecks } from './consuming.ts';
import { failingChecks } from './failing.ts';
import { iteratingChecks } from './iterating.ts';
import { leavingChecks } from './leaving.ts';
import type { SourceCheck } from './place.ts';
import { waitingChecks } from './waiting.ts';
import { wholeChecks } from './whole.ts';

export const sourceChecks: readonly SourceCheck[] = [
  ...wholeChecks,
  ...consumingChecks,
  ...waitingChecks,
  ...iteratingChecks,
  ...leavingChecks,
  ...failingChecks,
  ...abortingChecks,
];
