/** What every transform must do. */
import { failingChecks } from './failing.ts';
import { leavingChecks } from './leaving.ts';
import type { TransformCheck } from './place.ts';
import { usingChecks } from './using.ts';
import { waitingChecks } from './waiting.ts';
import { wholeChecks } from './whole.ts';

/** Of those that take any bytes for their input. */
export const anyInputChecks: readonly TransformCheck[] = [
  ...wholeChecks,
  ...usingChecks,
  ...waitingChecks,
  ...leavingChecks,
];

/** Of those that refuse some. */
export const transformChecks: readonly TransformCheck[] = [...anyInputChecks, ...failingChecks];
