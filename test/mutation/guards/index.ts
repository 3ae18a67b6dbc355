/** Every guard, by area. */
import type { Guard } from '../guard.ts';
import { adls2Guards } from './adls2.ts';
import { canaryGuards } from './canary.ts';
import { classifyGuards } from './classify.ts';
import { configGuards } from './config.ts';
import { coreGuards } from './core.ts';
import { formatsGuards } from './formats.ts';
import { postgresGuards } from './postgres.ts';
import { s3Guards } from './s3.ts';
import { testingGuards } from './testing.ts';

export const areas: Readonly<Record<string, readonly Guard[]>> = {
  core: coreGuards,
  classify: classifyGuards,
  formats: formatsGuards,
  config: configGuards,
  postgres: postgresGuards,
  s3: s3Guards,
  adls2: adls2Guards,
  testing: testingGuards,
  canary: canaryGuards,
};

export const guards: readonly Guard[] = Object.values(areas).flat();
