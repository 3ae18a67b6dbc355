import type { Guard } from '../guard.ts';
import { decompressorGuards } from './formats/decompressor.ts';
import { framingGuards } from './formats/framing.ts';
import { headerGuards } from './formats/header.ts';

export const formatsGuards: readonly Guard[] = [...framingGuards, ...decompressorGuards, ...headerGuards];
