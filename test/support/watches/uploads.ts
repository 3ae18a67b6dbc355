/** Multipart uploads that are neither completed nor aborted, on the S3 servers of a test. */
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import type { Watch } from './watch.ts';

/** How many uploads each server is to be left with. */
const servers = new Map<S3Server, number>();

/** Watches `server` to the end of the test. */
export function watchUploads(server: S3Server): void {
  servers.set(server, 0);
}

/** For a test about uploads that cannot be removed: exactly so many are left. */
export function leavesUploads(server: S3Server, count: number): void {
  servers.set(server, count);
}

export const uploadWatch: Watch = {
  begin: () => servers.clear(),
  leaks: () =>
    [...servers].flatMap(([server, count]) => {
      const open = server.uploads();
      if (open.length === count) return [];
      if (count > 0) return [`${open.length} uploads are open instead of ${count}`];
      return open.map(({ bucket, key, parts }) => `an upload of ${bucket}/${key} is open, with ${parts.length} parts`);
    }),
};
