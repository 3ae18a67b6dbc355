/** What stands between a stream and its service, and what a check may do to it. */
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy, Rule } from '../../src/testing/chaos-proxy/index.ts';

export interface Wire {
  /** Connections, or calls, that were made. */
  readonly contacts: number;
  /** Stops all bytes, both ways, until `heal`. */
  stall(): void;
  /** Breaks every connection there is, and every one that is tried later. */
  cut(): void;
  heal(): void;
  /** Holds the next commit back, before the service hears of it, until `heal`. To be called before the first use. */
  holdCommit(): Fault;
  /** Breaks the connection before the service hears of a commit, every time. To be called before the first use. */
  breakCommit(): Fault;
}

/** Something that was arranged to happen. */
export interface Fault {
  /** Resolves when it has happened. */
  readonly fired: Promise<unknown>;
}

export interface ProxiedWire extends Wire, AsyncDisposable {
  readonly port: number;
}

/** The wire to a TCP server whose clients send `commits` in plain text when they commit. */
export async function proxiedWire(host: string, port: number, commits: readonly string[]): Promise<ProxiedWire> {
  const proxy = await startChaosProxy({ host, port });
  const onCommit = (action: Rule['do']): Fault => {
    const up = commits.map((pattern): Rule => ({ when: { pattern, before: true }, do: action }));
    proxy.plan(() => ({ up }));
    return { fired: proxy.waitFor('rule') };
  };
  return {
    port: proxy.port,
    get contacts() {
      return proxy.connections;
    },
    stall: () => proxy.stallAll(),
    cut: () => cutOff(proxy),
    heal: () => proxy.heal(),
    holdCommit: () => onCommit('stall'),
    breakCommit: () => onCommit('reset'),
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}

function cutOff(proxy: ChaosProxy): void {
  proxy.refuseNew();
  proxy.resetAll();
}
