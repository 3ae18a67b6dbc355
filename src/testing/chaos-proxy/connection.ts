/** One client's connection through the proxy: two sockets, two pumps, and the rules that were planned for it. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ChaosEvent, ChaosLogEntry, EventLog } from './event-log.ts';
import type { Action, ConnectionPlan, Direction, Rule, RulePoint } from './plan.ts';
import { createPump } from './pump.ts';
import type { Hindrances } from './pump.ts';
import { seeded } from './random.ts';
import { sendQueueEmpty } from './send-queue.ts';

export interface Connection {
  /** Connects to the target and lets bytes pass; once. */
  open(): void;
  /** The same, later, unless healed or left before. */
  openLater(ms: number): void;
  stall(): void;
  unstall(): void;
  /** Carries out an action now. */
  inject(action: Action, direction: Direction): void;
  heal(): void;
  reset(): void;
  /** Resolves when both sockets are gone. */
  readonly gone: Promise<void>;
}

export interface ConnectionOptions {
  readonly number: number;
  readonly client: Socket;
  readonly target: { readonly host: string; readonly port: number };
  readonly plan: ConnectionPlan;
  readonly log: EventLog;
}

type Detail = Partial<Pick<ChaosLogEntry, 'direction' | 'rule' | 'action' | 'error'>>;

export const createConnection = ({ number, client, target, plan, log }: ConnectionOptions): Connection => {
  const timers = new Set<NodeJS.Timeout>();
  const stalls = new Set<() => void>();
  const pumps = {
    up: createPump(plan.up ?? [], (rule) => fire('up', rule)),
    down: createPump(plan.down ?? [], (rule) => fire('down', rule)),
  };
  let server: Socket | undefined;
  let openSockets = 1;

  const counts = () => ({ connection: number, bytesUp: pumps.up.bytes, bytesDown: pumps.down.bytes });
  const note = (event: ChaosEvent, detail: Detail = {}) => log.add({ ...counts(), event, ...detail });
  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
    return () => clearTimeout(timer);
  };

  const reset = () => {
    cut(client);
    if (server !== undefined) cut(server);
  };

  const resetOnceDelivered = async () => {
    pumps.up.gate.hold();
    pumps.down.gate.hold();
    await Promise.all([client, server ?? client].map(sendQueueEmpty));
    reset();
  };

  const finish = (...directions: readonly Direction[]) => {
    for (const direction of directions) {
      pumps[direction].dropping = true;
      pumps[direction].gate.releaseAll();
      (direction === 'up' ? server : client)?.end();
    }
  };

  const unstall = () => {
    for (const lift of stalls) lift();
    stalls.clear();
  };

  const restore = () => {
    pumps.up.restore();
    pumps.down.restore();
    unstall();
  };

  const carryOut = (action: Action, direction: Direction) => {
    const pump = pumps[direction];
    const hinder = (hindrances: Hindrances) => void (pump.hindrances = { ...pump.hindrances, ...hindrances });
    if (action === 'reset') reset();
    else if (action === 'close') finish('up', 'down');
    else if (action === 'half-close') finish(direction);
    else if (action === 'stall') stalls.add(pump.gate.hold());
    else if (action === 'unstall') unstall();
    else if (action === 'restore') restore();
    else if (action === 'corrupt') pump.corruptNext = true;
    else if ('lose' in action) pump.lose = action.lose;
    else if ('delayMs' in action) later(action.delayMs, pump.gate.hold());
    else if ('timeoutMs' in action) {
      const release = pump.gate.hold();
      const cancel = later(action.timeoutMs, () => finish('up', 'down'));
      stalls.add(() => {
        cancel();
        release();
      });
    } else if ('latencyMs' in action) hinder({ latency: latencyOf(action) });
    else if ('throttle' in action) hinder({ throttle: action.throttle });
    else if ('slice' in action) hinder({ slice: action.slice, pauseMs: action.pauseMs ?? 0 });
    else if ('slowCloseMs' in action) hinder({ slowCloseMs: action.slowCloseMs });
    else void call(action.call, { direction, ...counts() }).finally(pump.gate.hold());
  };

  const fire = (direction: Direction, rule: Rule) => {
    note('rule', { direction, rule });
    if (rule.do === 'reset' && !('afterMs' in rule.when)) void resetOnceDelivered();
    else carryOut(rule.do, direction);
  };

  const drive = async (direction: Direction, source: Socket, destination: Socket) => {
    const pump = pumps[direction];
    try {
      await pump.run(source, destination);
      note('end', { direction });
    } catch (error) {
      if (client.destroyed && (server?.destroyed ?? true)) return;
      note('error', { direction, error: error as Error });
      // What the other end may not learn while stalled includes that this one broke.
      await pump.gate.passed();
      reset();
    }
  };

  const { promise: gone, resolve: allGone } = Promise.withResolvers<undefined>();
  const leave = () => {
    openSockets -= 1;
    if (openSockets > 0) return;
    for (const timer of timers) clearTimeout(timer);
    pumps.up.heal();
    pumps.down.heal();
    note('closed');
    allGone(undefined);
  };

  const watch = (socket: Socket) => {
    // Either pump reports it; an 'error' without a listener would end the process.
    socket.on('error', () => undefined);
    socket.once('close', leave);
  };
  watch(client);

  for (const direction of ['up', 'down'] as const) {
    for (const rule of plan[direction] ?? []) {
      if ('afterMs' in rule.when) later(rule.when.afterMs, () => fire(direction, rule));
    }
  }

  const open = () => {
    if (server !== undefined || client.destroyed) return;
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    server = upstream;
    openSockets += 1;
    watch(upstream);
    const failed = (error: Error) => {
      note('connect-failed', { error });
      client.resetAndDestroy();
    };
    upstream.once('error', failed);
    upstream.once('connect', () => {
      upstream.off('error', failed);
      note('connected');
      void drive('up', client, upstream);
      void drive('down', upstream, client);
    });
  };

  return {
    open,
    openLater: (ms) => void later(ms, open),
    stall() {
      for (const { gate } of [pumps.up, pumps.down]) stalls.add(gate.hold());
    },
    unstall,
    inject(action, direction) {
      note('injected', { action, direction });
      carryOut(action, direction);
    },
    heal() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      stalls.clear();
      pumps.up.heal();
      pumps.down.heal();
    },
    reset,
    gone,
  };
};

/**
 * RST, where one is possible: while a FIN is on its way out libuv refuses it (`uv_tcp_close_reset`), and Node's socket
 * would then never report its close.
 */
const cut = (socket: Socket): void => {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
};

/** A function that throws is a mistake in the test: it surfaces as an unhandled rejection, not as a network fault. */
const call = (hook: (at: RulePoint) => void | Promise<void>, at: RulePoint): Promise<void> =>
  new Promise((resolve) => resolve(hook(at)));

const latencyOf = ({ latencyMs, jitterMs = 0, seed = 1 }: Extract<Action, { latencyMs: number }>): (() => number) => {
  const draw = seeded(seed);
  return () => Math.max(0, latencyMs + (2 * draw() - 1) * jitterMs);
};
