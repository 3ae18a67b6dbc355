import type { Guard } from '../../guard.ts';

export const redactionGuards: readonly Guard[] = [];
