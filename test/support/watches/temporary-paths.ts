/** Temporary paths that writers of ADLS have left, on the servers of a test. */
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { Watch } from './watch.ts';

/** How many temporary paths each server is to be left with. */
const servers = new Map<AdlsServer, number>();

/** Watches `server` to the end of the test. */
export function watchTemporaryPaths(server: AdlsServer): void {
  servers.set(server, 0);
}

/** For a test about paths that cannot be removed: exactly so many are left. */
export function leavesTemporaryPaths(server: AdlsServer, count: number): void {
  servers.set(server, count);
}

/** Those that are there now, by the one thing that all of them have in common. */
export function temporaryPaths(server: AdlsServer): string[] {
  const paths = server.containers().flatMap((container) => server.paths(container).map(({ path }) => path));
  return paths.filter((path) => path.endsWith('.sluice-tmp'));
}

export const temporaryPathWatch: Watch = {
  begin: () => servers.clear(),
  leaks: () =>
    [...servers].flatMap(([server, count]) => {
      const left = temporaryPaths(server);
      if (left.length === count) return [];
      if (count > 0) return [`${left.length} temporary paths are left instead of ${count}`];
      return left.map((path) => `the temporary path ${path} is left`);
    }),
};
