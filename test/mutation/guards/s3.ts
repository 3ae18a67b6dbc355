import type { Guard } from '../guard.ts';

export const s3Guards: readonly Guard[] = [];
