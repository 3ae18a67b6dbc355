import type { Guard } from '../../guard.ts';

export const valueGuards: readonly Guard[] = [];
