/** One client's connection through the proxy: two sockets, two pumps, and the rules that were planned for it. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ChaosEvent, ChaosLogEntry, EventLog } from './event-log.ts';
import type { ConnectionPlan, Direction, Rule, RulePoint } from './plan.ts';
import { createPump } from './pump.ts';
import { sendQueueEmpty } from './send-queue.ts';

export interface Connection {
  /** Connects to the target and lets bytes pass. */
  open(): void;
  stall(): void;
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

type Detail = Partial<Pick<ChaosLogEntry, 'direction' | 'rule' | 'error'>>;

export const createConnection = ({ number, client, target, plan, log }: ConnectionOptions): Connection => {
  const timers = new Set<NodeJS.Timeout>();
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

  const fire = (direction: Direction, rule: Rule) => {
    const pump = pumps[direction];
    const action = rule.do;
    note('rule', { direction, rule });
    if (action === 'reset') {
      if ('afterMs' in rule.when) reset();
      else void resetOnceDelivered();
    } else if (action === 'close') finish('up', 'down');
    else if (action === 'half-close') finish(direction);
    else if (action === 'stall') pump.gate.hold();
    else if (action === 'corrupt') pump.corruptNext = true;
    else if ('delayMs' in action) later(action.delayMs, pump.gate.hold());
    else if ('throttle' in action) pump.throttle = action.throttle;
    else if ('slice' in action) pump.slice = action.slice;
    else void call(action.call, { direction, ...counts() }).finally(pump.gate.hold());
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

  return {
    open() {
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
    },
    stall() {
      pumps.up.gate.hold();
      pumps.down.gate.hold();
    },
    heal() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
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
