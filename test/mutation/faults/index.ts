/** Every fault, by area, as the documentation lists them. */
import type { FaultArea } from '../fault.ts';
import { data } from './data.ts';
import { ending } from './ending.ts';
import { postgres } from './postgres.ts';
import { reading } from './reading.ts';
import { writing } from './writing.ts';

export const faultAreas: readonly FaultArea[] = [reading, writing, postgres, ending, data];
