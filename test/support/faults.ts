/** What the fault tests share: a proxied DSN, error canaries, a clock. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';

export interface Proxied {
  readonly proxy: ChaosProxy;
  /** The same database, through the proxy. */
  readonly dsn: string;
}

/** Puts a proxy before the server of `dsn` for the time of `work`. */
export async function throughProxy(dsn: string, work: (proxied: Proxied) => Promise<void>): Promise<void> {
  const url = new URL(dsn);
  const proxy = await startChaosProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  try {
    await work({ proxy, dsn: url.href });
  } finally {
    await proxy.close();
  }
}

/** The rejection of `work`, as an error with a code. */
export async function rejection(work: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error as Error & Record<string, unknown>;
  }
  assert.fail('it succeeded');
}

/** Neither the message, nor any property, nor the cause of `error` holds one of `canaries`. */
export function assertSilent(error: unknown, ...canaries: string[]): void {
  const shown = inspect(error, { depth: 12, showHidden: true }) + JSON.stringify(error);
  for (const canary of canaries) assert.ok(!shown.includes(canary), `'${canary}' leaked: ${shown}`);
}

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
