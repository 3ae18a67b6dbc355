/** A run as one picture: what went through, what went wrong, what the process held. */
import type { Report } from './report.ts';

/** What is used of the two packages: their own declarations need a browser's, and contradict each other. */
interface Vega {
  parse(spec: unknown): unknown;
  View: new (runtime: unknown, options: { renderer: 'none' }) => { toSVG(): Promise<string>; finalize(): unknown };
}
interface VegaLite {
  compile(spec: object): { readonly spec: unknown };
}

const MIB = 1024 * 1024;
const WIDTH = 760;
const BUCKETS = 120;

/** SVG. */
export async function chart({ rounds, spells, samples, trends, options }: Report): Promise<string> {
  const endMs = Math.max(1, ...samples.map(({ atMs }) => atMs), ...rounds.map(({ toMs }) => toMs));
  const minutes = (ms: number) => ms / 60_000;
  const bucketMs = endMs / BUCKETS;
  const throughput = Array.from({ length: BUCKETS }, (_, n) => {
    const inside = rounds.filter(({ toMs }) => Math.min(BUCKETS - 1, Math.floor(toMs / bucketMs)) === n);
    const bytes = inside.reduce((sum, round) => sum + 2 * round.bytes, 0);
    return { at: minutes((n + 0.5) * bucketMs), value: bytes / MIB / (bucketMs / 1_000) };
  });
  const shown = thinned(samples);
  const memory = shown.flatMap(({ atMs, rss, heap, external }) =>
    Object.entries({ rss, heap, external }).map(([kind, bytes]) => ({ at: minutes(atMs), kind, value: bytes / MIB })),
  );
  const handles = shown.flatMap(({ atMs, sockets, timers, others }) =>
    Object.entries({ sockets, timers, others }).map(([kind, value]) => ({ at: minutes(atMs), kind, value })),
  );
  const faults = spells.map(({ place, fromMs, toMs = endMs }) => ({ place, at: minutes(fromMs), to: minutes(toMs) }));
  const growth = trends.find(({ measure }) => measure === 'rss');
  const slope = growth === undefined ? '' : `, RSS ${(growth.perMinute / MIB).toFixed(2)} MiB a minute`;
  const x = { field: 'at', type: 'quantitative', title: null, scale: { domain: [0, minutes(endMs)] } } as const;
  const lines = (values: object[], title: string) => ({
    ...{ width: WIDTH, height: 110, data: { values }, mark: { type: 'line', strokeWidth: 1.2 } as const },
    encoding: {
      x,
      y: { field: 'value', type: 'quantitative', title } as const,
      color: { field: 'kind', type: 'nominal', title: null } as const,
    },
  });
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: `Soak of ${options.minutes} minutes, seed ${options.seed}: ${rounds.length} rounds, ${spells.length} faults${slope}`,
    config: { view: { stroke: null }, axis: { grid: true, gridOpacity: 0.3 } },
    resolve: { scale: { color: 'independent' } },
    vconcat: [
      {
        ...{ width: WIDTH, height: 90, data: { values: throughput }, mark: { type: 'area', line: true, opacity: 0.4 } },
        encoding: { x, y: { field: 'value', type: 'quantitative', title: 'MiB/s' } },
      },
      {
        ...{ width: WIDTH, height: 90, data: { values: faults }, mark: { type: 'bar', height: 12, minBandSize: 2 } },
        encoding: {
          x,
          x2: { field: 'to' },
          y: { field: 'place', type: 'nominal', title: 'faults' },
          color: { field: 'place', type: 'nominal', legend: null },
        },
      },
      lines(memory, 'MiB held'),
      lines(handles, 'handles'),
    ],
  };
  const [{ View, parse }, { compile }] = await packages();
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

const packages = async () => {
  const [vega, vegaLite] = ['vega', 'vega-lite'] as const satisfies string[];
  return [(await import(vega)) as Vega, (await import(vegaLite)) as VegaLite] as const;
};

const POINTS = 300;

/** The most that was held in each stretch of time: a picture of half an hour has no room for every second. */
const thinned = (samples: Report['samples']): Report['samples'] => {
  const size = Math.max(1, Math.ceil(samples.length / POINTS));
  const groups = Array.from({ length: Math.ceil(samples.length / size) }, (_, n) =>
    samples.slice(n * size, (n + 1) * size),
  );
  return groups.map((group) => {
    const most = (of: (sample: Report['samples'][number]) => number) => Math.max(...group.map(of));
    return {
      ...{ atMs: most(({ atMs }) => atMs), rss: most(({ rss }) => rss), heap: most(({ heap }) => heap) },
      ...{ external: most(({ external }) => external), sockets: most(({ sockets }) => sockets) },
      ...{ timers: most(({ timers }) => timers), others: most(({ others }) => others) },
    };
  });
};
