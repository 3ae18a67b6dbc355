/** The settings behind the clients of S3. */
import { ClientProfiles } from '../../config/client-profiles.ts';
import type { S3Profile } from './config.ts';

export const clientProfiles = new ClientProfiles<S3Profile>('s3');
