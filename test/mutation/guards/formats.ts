import type { Guard } from '../guard.ts';

export const formatsGuards: readonly Guard[] = [];
