import type { Guard } from '../guard.ts';
import { checksumGuards } from './core/checksum.ts';
import { deadlineGuards } from './core/deadline.ts';
import { lifecycleGuards } from './core/lifecycle.ts';
import { limiterGuards } from './core/limiter.ts';
import { partGuards, planGuards } from './core/parts.ts';
import { rateGuards } from './core/rate.ts';
import { readingGuards } from './core/reading.ts';
import { receivingGuards } from './core/receiving.ts';
import { redactionGuards } from './core/redaction.ts';
import { retryGuards } from './core/retry.ts';
import { sinkGuards } from './core/sink.ts';
import { sourceGuards } from './core/source.ts';
import { stageGuards } from './core/stages.ts';
import { telemetryGuards } from './core/telemetry.ts';
import { valueGuards } from './core/values.ts';

export const coreGuards: readonly Guard[] = [
  ...deadlineGuards,
  ...lifecycleGuards,
  ...telemetryGuards,
  ...sourceGuards,
  ...stageGuards,
  ...receivingGuards,
  ...readingGuards,
  ...checksumGuards,
  ...sinkGuards,
  ...planGuards,
  ...partGuards,
  ...retryGuards,
  ...limiterGuards,
  ...rateGuards,
  ...redactionGuards,
  ...valueGuards,
];
