/** The AWS clients of this process. */
import type { S3Client } from '@aws-sdk/client-s3';
import { ClientCache } from '../../core/client-cache.ts';

export const clients = new ClientCache<S3Client>();

/** Closes every client made here; requests under way fail, and the next use makes new clients. */
export function closeS3Clients(): void {
  clients.closeAll();
}
