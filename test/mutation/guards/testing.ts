import type { Guard } from '../guard.ts';

export const testingGuards: readonly Guard[] = [];
