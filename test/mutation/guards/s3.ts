import type { Guard } from '../guard.ts';
import { answerGuards } from './s3/answers.ts';
import { callGuards } from './s3/calls.ts';
import { credentialGuards } from './s3/credentials.ts';
import { encryptionGuards } from './s3/encryption.ts';
import { joiningGuards } from './s3/joining.ts';
import { presetGuards } from './s3/presets.ts';
import { readingGuards } from './s3/reading.ts';
import { renewalGuards } from './s3/renewal.ts';
import { telemetryGuards } from './s3/telemetry.ts';
import { writingGuards } from './s3/writing.ts';

export const s3Guards: readonly Guard[] = [
  ...readingGuards,
  ...joiningGuards,
  ...writingGuards,
  ...answerGuards,
  ...callGuards,
  ...credentialGuards,
  ...presetGuards,
  ...encryptionGuards,
  ...renewalGuards,
  ...telemetryGuards,
];
