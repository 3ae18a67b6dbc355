/** Every broken sink. */
import { brokenInLeaving } from './leaving.ts';
import { brokenInWriting } from './writing.ts';

export const brokenSinks = [...brokenInWriting, ...brokenInLeaving];
