/** One path as bars: how fast, and for how much CPU. Axes begin at zero, a dashed line carries our own figure across. */
import { cpuTimes, summarize, wallTimes } from '../harness/result.ts';
import type { PathResult } from '../harness/result.ts';
import { estimate, pairedRatios } from '../harness/statistics.ts';
import type { ChartSpec } from './svg.ts';

export const COLORS = { ours: '#1f6f8b', peer: '#b8b8b8', limit: '#e2d6b5' } as const;

interface Bar {
  readonly name: string;
  readonly role: keyof typeof COLORS;
  readonly value: number;
  /** Ours for this one's; none in our own row. */
  readonly ratio: number | undefined;
}

const LEGEND = 'Dashed: ours. "ours 1.4 x": our figure for this one\'s, in the same rounds. Sand: a limit, no peer.';
const PANEL_WIDTH = 340;
const BAR_STEP = 28;
const BAR_HEIGHT = 18;
/** Room behind the longest bar for its value and the ratio. */
const HEADROOM = 1.6;

export function pathChart(result: PathResult): ChartSpec {
  const ours = result.contenders.find(({ role }) => role === 'ours');
  const rows = result.contenders.map((contender) => {
    const { name, role } = contender;
    const { wallS, mbPerS, objectsPerS, cpuSPerGb } = summarize(result, contender);
    const ratio = (of: (row: typeof contender) => number[], inverse: boolean): number | undefined => {
      if (ours === undefined || ours === contender) return undefined;
      return estimate(inverse ? pairedRatios(of(contender), of(ours)) : pairedRatios(of(ours), of(contender))).mean;
    };
    const speed: Bar = { name, role, value: objectsPerS ?? mbPerS, ratio: ratio(wallTimes, true) };
    const cpu: Bar = { name, role, value: cpuSPerGb, ratio: ratio(cpuTimes, false) };
    return { wallS, speed, cpu };
  });
  rows.sort((a, b) => a.wallS - b.wallS);
  const unit = result.objects === undefined ? 'MB/s' : 'objects/s';
  const named = { labelLimit: 260, ticks: false, domain: false };
  const speeds = rows.map(({ speed }) => speed);
  const cpus = rows.map(({ cpu }) => cpu);
  return {
    background: 'white',
    padding: 12,
    title: { text: result.title, subtitle: LEGEND },
    hconcat: [panel(speeds, `${unit}: more is better`, named), panel(cpus, 'CPU seconds per GB: less is better', null)],
    spacing: 30,
  };
}

function panel(bars: readonly Bar[], title: string, axis: object | null): ChartSpec {
  const top = Math.max(...bars.map(({ value }) => value)) * HEADROOM;
  const line = bars.find(({ role, ratio }) => role === 'ours' && ratio === undefined)?.value;
  const values = bars.map(({ value, ratio, ...bar }) => ({
    ...bar,
    value,
    label: figure(value),
    ratio: ratio === undefined ? '' : `ours ${ratio.toFixed(2)} x`,
  }));
  const y = { field: 'name', type: 'nominal', sort: null, title: null, axis };
  const x = { field: 'value', type: 'quantitative', title, scale: { domain: [0, top], nice: false }, axis: { tickCount: 5 } }; // prettier-ignore
  const color = { field: 'role', type: 'nominal', legend: null, scale: { domain: Object.keys(COLORS), range: Object.values(COLORS) } }; // prettier-ignore
  const label = { align: 'left', dx: 5, fontSize: 12, fontWeight: 'bold' };
  return {
    width: PANEL_WIDTH,
    height: { step: BAR_STEP },
    data: { values },
    layer: [
      { mark: { type: 'bar', height: BAR_HEIGHT }, encoding: { y, x, color } },
      ...(line === undefined ? [] : [ruleAt(line)]),
      ...haloed(label, { y, x, text: { field: 'label' } }),
      ...haloed({ align: 'right', fontSize: 12 }, { y, x: { datum: top }, text: { field: 'ratio' } }),
    ],
  };
}

function ruleAt(value: number): ChartSpec {
  return { mark: { type: 'rule', strokeDash: [4, 3], color: COLORS.ours }, encoding: { x: { datum: value } } };
}

/** Text that a line behind it cannot cross. */
export function haloed(mark: object, encoding: object): ChartSpec[] {
  return [
    { mark: { type: 'text', ...mark, stroke: 'white', strokeWidth: 5 }, encoding },
    { mark: { type: 'text', ...mark, color: '#222' }, encoding },
  ];
}

/** Three digits that count. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
