/** Every broken source. */
import { brokenInLeaving } from './leaving.ts';
import { brokenInReading } from './reading.ts';

export const brokenSources = [...brokenInReading, ...brokenInLeaving];
