/** Every broken server. */
import { brokenInKeeping } from './keeping.ts';
import { brokenInNaming } from './naming.ts';
import { brokenInWriting } from './writing.ts';

export const brokenServers = [...brokenInWriting, ...brokenInKeeping, ...brokenInNaming];
