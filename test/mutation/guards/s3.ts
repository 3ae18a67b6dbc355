import type { Guard } from '../guard.ts';
import { writingGuards } from './s3/writing.ts';

export const s3Guards: readonly Guard[] = [...writingGuards];
