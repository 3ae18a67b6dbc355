/** What can go wrong around the library, each for a while. */
import type { Action, ChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import type { FaultAction, S3Operation } from '../../src/testing/s3-server/index.ts';
import type { World } from './world.ts';

export type Place = 'postgres network' | 's3 network' | 's3 server' | 'postgres server';

export interface Disturbance {
  readonly name: string;
  readonly place: Place;
  /** Begins; resolves with how to end it, which says how often it took effect. */
  start(world: World, draw: () => number): Promise<() => Promise<number>>;
}

/** Whole numbers from `low` to `high`, more often small ones. */
const between = (draw: () => number, low: number, high: number): number => Math.round(low * (high / low) ** draw());

const onNetwork = (name: string, disturb: (proxy: ChaosProxy, draw: () => number) => void): readonly Disturbance[] =>
  (['postgres', 's3'] as const).map((network) => ({
    name: `${network} ${name}`,
    place: `${network} network` as const,
    start(world, draw) {
      const proxy = world.proxies[network];
      const logged = proxy.log.length;
      disturb(proxy, draw);
      const held = proxy.openConnections;
      return Promise.resolve(() => {
        proxy.heal();
        const felt = proxy.log
          .slice(logged)
          .filter(({ event }) => /^(injected|rule|refused|stalled|error)$/.test(event));
        return Promise.resolve(felt.length + (name.startsWith('stall') ? held : 0));
      });
    },
  }));

/** On the connections there are from now on, and on those to come from their first byte. */
const everywhere = (action: (draw: () => number) => Action) => (proxy: ChaosProxy, draw: () => number) => {
  const rule = { when: { afterBytes: 0 }, do: action(draw) };
  proxy.inject(rule.do);
  proxy.plan(() => ({ up: [rule], down: [rule] }));
};

/** In one direction: on the connections there are at once, on those to come somewhere on the way. */
const once = (action: (draw: () => number) => Action) => (proxy: ChaosProxy, draw: () => number) => {
  const rule = { when: { afterBytes: between(draw, 100, 200_000) }, do: action(draw) };
  const direction = draw() < 0.5 ? 'up' : 'down';
  proxy.inject(rule.do, { direction });
  proxy.plan(() => ({ [direction]: [rule] }));
};

const networks: readonly Disturbance[] = [
  ...onNetwork('stalls', (proxy) => proxy.stallAll()),
  ...onNetwork('stalls, new connections do not', (proxy) => proxy.stallAll({ newConnections: false })),
  ...onNetwork('resets', (proxy) => proxy.resetAll()),
  ...onNetwork(
    'resets on the way',
    once(() => 'reset'),
  ),
  ...onNetwork(
    'closes',
    once(() => 'close'),
  ),
  ...onNetwork(
    'half-closes',
    once(() => 'half-close'),
  ),
  ...onNetwork('refuses', (proxy) => {
    proxy.refuseNew();
    proxy.resetAll();
  }),
  ...onNetwork(
    'corrupts a byte',
    once(() => 'corrupt'),
  ),
  ...onNetwork(
    'loses bytes',
    once((draw) => ({ lose: between(draw, 1, 5_000) })),
  ),
  ...onNetwork(
    'times out',
    once((draw) => ({ timeoutMs: between(draw, 100, 2_000) })),
  ),
  ...onNetwork(
    'is slow',
    everywhere((draw) => ({ throttle: between(draw, 30_000, 1_000_000) })),
  ),
  ...onNetwork(
    'is far',
    everywhere((draw) => ({ latencyMs: between(draw, 20, 300), jitterMs: 20 })),
  ),
  ...onNetwork(
    'slices',
    everywhere((draw) => ({ slice: between(draw, 100, 5_000) })),
  ),
  ...onNetwork(
    'closes slowly',
    everywhere((draw) => ({ slowCloseMs: between(draw, 100, 2_000) })),
  ),
  ...onNetwork('accepts late', (proxy, draw) => {
    proxy.resetAll();
    proxy.plan(() => ({ delayConnectMs: between(draw, 100, 4_000) }));
  }),
];

const onStore = (
  name: string,
  operation: S3Operation | '*',
  share: number,
  action: (draw: () => number) => FaultAction,
): Disturbance => ({
  name: `s3 ${name}`,
  place: 's3 server',
  start({ s3 }, draw) {
    const handle = s3.on(operation, () => draw() < share, action(draw));
    return Promise.resolve(() => {
      handle.remove();
      handle.release();
      return Promise.resolve(handle.fired);
    });
  },
});

const early = (draw: () => number) => ({ afterBytes: Math.floor(draw() * 200_000) });

const stores: readonly Disturbance[] = [
  onStore('asks for fewer requests', '*', 0.5, () => ({ status: 503, code: 'SlowDown' })),
  onStore('fails', '*', 0.4, () => ({ status: 500, code: 'InternalError' })),
  onStore('is slow to answer', '*', 0.5, (draw) => ({ delayMs: between(draw, 50, 3_000) })),
  onStore('never answers', '*', 0.3, () => ({ stall: 'before' })),
  onStore('loses answers', '*', 0.3, () => ({ reset: 'after' })),
  onStore('resets bodies', 'GetObject', 0.7, (draw) => ({ reset: early(draw) })),
  onStore('ends bodies', 'GetObject', 0.7, (draw) => ({ end: early(draw) })),
  onStore('stalls bodies', 'GetObject', 0.7, (draw) => ({ stall: early(draw) })),
  onStore('corrupts bodies', 'GetObject', 0.5, (draw) => ({ corrupt: { byte: early(draw).afterBytes } })),
  onStore('ignores ranges', 'GetObject', 0.5, () => ({ ignoreRange: true })),
  onStore('shifts ranges', 'GetObject', 0.5, () => ({ shiftRange: 7 })),
  onStore('says more than asked', 'GetObject', 0.5, (draw) => ({ longerBody: between(draw, 1, 1_000) })),
  onStore('loses parts', 'UploadPart', 0.4, () => ({ reset: 'after' })),
  onStore('loses the answer to the commit', 'CompleteMultipartUpload', 1, () => ({ reset: 'after' })),
  onStore('fails in the body', 'CompleteMultipartUpload', 1, () => ({ errorInBody: { code: 'InternalError' } })),
  onStore('refuses to clean up', 'AbortMultipartUpload', 1, () => ({ status: 500, code: 'InternalError' })),
  onStore('says wrong checksums', 'GetObject', 0.5, () => ({ wrongChecksum: true })),
];

const servers: readonly Disturbance[] = [
  {
    name: 'postgres sessions are ended',
    place: 'postgres server',
    async start({ sql }) {
      const ended = await sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'soak-%'",
      );
      return () => Promise.resolve(ended.length);
    },
  },
  ...(['fast', 'immediate'] as const).map((mode): Disturbance => ({
    name: `postgres restarts (${mode})`,
    place: 'postgres server',
    async start({ restartPostgres }) {
      await restartPostgres(mode);
      return () => Promise.resolve(1);
    },
  })),
];

/** Servers and stores are named several times: each place has its turn. */
export const disturbances: readonly Disturbance[] = [...networks, ...stores, ...servers, ...servers];
