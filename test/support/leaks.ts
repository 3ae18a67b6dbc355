/** What must not be there after a test. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { PostgresContext } from './postgres.ts';

/** No backend of the suite's database is active or inside a transaction. Backends that are ending get a moment. */
export async function assertNothingLeft({ sql }: PostgresContext): Promise<void> {
  await eventually(async () => {
    const busy = await sql(
      `SELECT state, left(query, 60) AS query FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
    );
    assert.deepEqual(busy, [], 'a backend is still at work');
  });
}

/** No listener of ours is left on a user's signal. */
export function assertNoListeners(signal: AbortSignal): void {
  assert.equal(getEventListeners(signal, 'abort').length, 0, 'a listener was left on the signal');
}

/** Repeats `check` until it holds, for what only another process can bring about; fails with its last error after 5 s. */
export async function eventually(check: () => Promise<void> | void, ms = 5_000): Promise<void> {
  const until = performance.now() + ms;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
