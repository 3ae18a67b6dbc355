/** The settings behind the clients of Postgres. */
import { ClientProfiles } from '../../../config/client-profiles.ts';
import type { PostgresProfile } from '../config.ts';

export const clientProfiles = new ClientProfiles<PostgresProfile>('postgres');
