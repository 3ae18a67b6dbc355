/** Timers, sockets, servers and child processes that hold the process open. */
import { idleConnections } from './pools.ts';
import type { Watch } from './watch.ts';

/** What an idle connection of a pool consists of. */
const POOLED = ['TCPSocketWrap', 'Timeout'];

let before = counted();

export const handleWatch: Watch = {
  begin: () => void (before = counted()),
  leaks: () =>
    [...counted()].flatMap(([kind, count]) => {
      const more = count - (before.get(kind) ?? 0);
      return more > 0 ? [`${more} x ${kind} more than before`] : [];
    }),
};

/** How many of each kind there are; the connections that pools keep are theirs. */
function counted(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const kind of POOLED) counts.set(kind, (counts.get(kind) ?? 0) - idleConnections());
  return counts;
}
