/** A TCP proxy that breaks connections at an exact byte, on demand, and says what it did. TLS passes through untouched. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { createEventLog } from './event-log.ts';
import type { ChaosEvent, ChaosLogEntry, EntryPredicate } from './event-log.ts';
import type { Action, Direction, Plan } from './plan.ts';

export interface ChaosProxyOptions {
  /** The target's. */
  readonly host: string;
  readonly port: number;
}

export interface InjectOptions {
  /** Default: both. */
  readonly direction?: Direction;
  /** Which connections, by number. Default: all. */
  readonly connection?: number;
}

export interface ChaosProxy extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Connections that have not ended. */
  readonly openConnections: number;
  readonly log: readonly ChaosLogEntry[];
  /** Sets what happens to each connection accepted from now on. */
  plan(plan: Plan): void;
  /** Stops all bytes of all connections, both ways, and unless told otherwise accepts new ones without serving them. */
  stallAll(options?: { readonly newConnections?: boolean }): void;
  /** Lets flow what `stallAll`, `stall`, `timeoutMs` and `stallConnect` hold. Plans, rules and other hindrances stay. */
  unstallAll(): void;
  /** Carries out an action on every open connection, or those chosen, now. Says how many there were. */
  inject(action: Action, where?: InjectOptions): number;
  /** RST on every connection there is. New ones are served. */
  resetAll(): void;
  /** RST on every connection accepted from now on. */
  refuseNew(): void;
  /** Becomes a plain wire: plans and unfired rules are dropped, and all that was stalled flows. */
  heal(): void;
  /** The first such event, past or to come. */
  waitFor(event: ChaosEvent, predicate?: EntryPredicate): Promise<ChaosLogEntry>;
  /** Resets what is open and stops listening. */
  close(): Promise<void>;
}

interface State {
  plan: Plan;
  newConnections: 'serve' | 'stall' | 'refuse';
}

/** Listens on a free port of 127.0.0.1. */
export const startChaosProxy = async (target: ChaosProxyOptions): Promise<ChaosProxy> => {
  const { host, port } = target;
  const log = createEventLog();
  const live = new Map<number, Connection>();
  const waiting = new Set<Connection>();
  const healthy = (): State => ({ plan: () => undefined, newConnections: 'serve' });
  let state = healthy();
  let connections = 0;

  const accept = (client: Socket) => {
    const number = (connections += 1);
    const note = (event: ChaosEvent) => log.add({ connection: number, event, bytesUp: 0, bytesDown: 0 });
    note('accept');
    const plan = state.plan({ number }) ?? {};
    const connection = createConnection({ number, client, target: { host, port }, plan, log });
    live.set(number, connection);
    void connection.gone.then(() => {
      live.delete(number);
      waiting.delete(connection);
    });
    if (state.newConnections === 'refuse' || plan.refuse === true) {
      note('refused');
      connection.reset();
    } else if (state.newConnections === 'stall' || plan.stallConnect === true) {
      note('stalled');
      waiting.add(connection);
    } else if (plan.delayConnectMs !== undefined) {
      note('stalled');
      waiting.add(connection);
      connection.openLater(plan.delayConnectMs);
    } else connection.open();
  };

  // Without pauseOnConnect the socket reads ahead before anybody has decided that it may.
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');

  const openWaiting = () => {
    for (const connection of waiting) connection.open();
    waiting.clear();
  };
  const resetAll = () => {
    for (const connection of live.values()) connection.reset();
  };
  const shutDown = async () => {
    const closed = once(server, 'close');
    server.close();
    resetAll();
    await Promise.all([closed, ...Array.from(live.values(), ({ gone }) => gone)]);
    log.close();
  };
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= shutDown());

  return {
    host: '127.0.0.1',
    port: address.port,
    get connections() {
      return connections;
    },
    get openConnections() {
      return live.size;
    },
    log: log.entries,
    plan: (plan) => void (state.plan = plan),
    stallAll({ newConnections = true } = {}) {
      if (newConnections) state.newConnections = 'stall';
      for (const connection of live.values()) connection.stall();
    },
    unstallAll() {
      if (state.newConnections === 'stall') state.newConnections = 'serve';
      for (const connection of live.values()) connection.unstall();
      openWaiting();
    },
    inject(action, { direction, connection } = {}) {
      const chosen = [...live].filter(([number]) => connection === undefined || connection === number);
      for (const [, each] of chosen) {
        if (direction !== 'down') each.inject(action, 'up');
        if (direction !== 'up') each.inject(action, 'down');
      }
      return chosen.length;
    },
    resetAll,
    refuseNew: () => void (state.newConnections = 'refuse'),
    heal() {
      state = healthy();
      for (const connection of live.values()) connection.heal();
      openWaiting();
    },
    waitFor: (event, predicate) => log.waitFor(event, predicate),
    close,
    [Symbol.asyncDispose]: close,
  };
};
