/** Every broken transform. */
import { brokenInEnding } from './ending.ts';
import { brokenInSending } from './sending.ts';

export const brokenTransforms = [...brokenInSending, ...brokenInEnding];
