/** What a run says about the floors, as a Markdown table. */
import type { Judgement, Metric, Verdict } from '../harness/floors.ts';
import { formatEstimate, markdown } from './table.ts';

const METRICS: Readonly<Record<Metric, { readonly name: string; readonly sign: string }>> = {
  throughput: { name: 'times as fast as', sign: '>=' },
  wall: { name: 'time of', sign: '<=' },
  cpu: { name: 'CPU time of', sign: '<=' },
  memory: { name: 'peak memory of', sign: '<=' },
  wire: { name: 'share of the wire', sign: '>=' },
  growth: { name: 'share of the memory bound', sign: '<=' },
};

const VERDICTS: Readonly<Record<Verdict, string>> = {
  goal: 'goal reached',
  floor: 'floor reached',
  held: 'held',
  below: 'below, within the noise',
  failed: '**failed**',
};

export function floorTable(judgements: readonly Judgement[]): string {
  const head = ['path', 'figure', 'measured', 'floor', 'goal', 'held', ''];
  return markdown(head, judgements.map(cells));
}

function cells({
  floor: { path, metric, peer, contender, floor, goal, held, why },
  estimate,
  verdict,
}: Judgement): string[] {
  const { name, sign } = METRICS[metric];
  const bound = (value: number | undefined): string =>
    value === undefined ? '' : `${sign} ${Number(value.toPrecision(3))}`;
  const whose = contender === undefined ? '' : `${contender}: `;
  const reason = why === undefined || verdict === 'goal' || verdict === 'floor' ? '' : `, [why](${why})`;
  const said = floor === undefined && verdict === 'held' && held === undefined ? 'goal not reached' : VERDICTS[verdict];
  return [
    path,
    `${whose}${name}${peer === undefined ? '' : ` ${peer}`}`,
    formatEstimate(estimate),
    bound(floor),
    bound(goal),
    bound(held),
    `${said}${reason}`,
  ];
}
