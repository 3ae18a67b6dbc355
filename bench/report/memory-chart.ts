/** Growth of memory over an idle process, one bar a path, each with the bound that it must stay below. */
import { growthBytes } from '../harness/result.ts';
import type { PathResult } from '../harness/result.ts';
import { median } from '../harness/statistics.ts';
import { COLORS, haloed } from './chart.ts';
import type { ChartSpec } from './svg.ts';

const MIB = 1024 * 1024;

export function memoryChart(results: readonly PathResult[]): ChartSpec {
  const values = results.flatMap(({ title, contenders, budgetBytes = 0 }) =>
    contenders.map((contender) => {
      const [growth, bound] = [median(growthBytes(contender)) / MIB, budgetBytes / MIB];
      return {
        title,
        growth,
        bound,
        end: Math.max(growth, bound),
        label: `${growth.toFixed(0)} of ${bound.toFixed(0)}`,
      };
    }),
  );
  const top = Math.max(...values.map(({ end }) => end)) * 1.25;
  const y = { field: 'title', type: 'nominal', sort: null, title: null, axis: { labelLimit: 300, ticks: false, domain: false } }; // prettier-ignore
  const scale = { domain: [0, top], nice: false };
  const title = 'MiB above the same process with nothing to do; the red line is the bound';
  const x = { field: 'growth', type: 'quantitative', scale, title };
  const bound = { field: 'bound', type: 'quantitative' };
  const label = { align: 'left', dx: 7, fontSize: 12, fontWeight: 'bold' };
  return {
    background: 'white',
    padding: 12,
    title: 'Peak memory while 2 GiB pass through',
    width: 480,
    height: { step: 30 },
    data: { values },
    layer: [
      { mark: { type: 'bar', height: 18, color: COLORS.ours }, encoding: { y, x } },
      { mark: { type: 'tick', thickness: 3, size: 26, color: '#b3392f', opacity: 1 }, encoding: { y, x: bound } },
      ...haloed(label, { y, x: { field: 'end', type: 'quantitative' }, text: { field: 'label' } }),
    ],
  };
}
