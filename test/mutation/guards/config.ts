import type { Guard } from '../guard.ts';

export const configGuards: readonly Guard[] = [];
