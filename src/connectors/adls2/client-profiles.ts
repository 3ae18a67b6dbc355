/** The settings behind the clients of ADLS Gen2. */
import { ClientProfiles } from '../../config/client-profiles.ts';
import type { Adls2Profile } from './config.ts';

export const clientProfiles = new ClientProfiles<Adls2Profile>('adls2');
