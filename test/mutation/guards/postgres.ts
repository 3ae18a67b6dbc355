import type { Guard } from '../guard.ts';

export const postgresGuards: readonly Guard[] = [];
