/** A path's results as a Markdown table. */
import type { ContenderResult } from '../harness/rounds.ts';
import { cpuShares, speedUps, summarize } from '../harness/result.ts';
import type { PathResult } from '../harness/result.ts';
import { estimate } from '../harness/statistics.ts';
import type { Estimate } from '../harness/statistics.ts';

/** Fastest first. The ratios are paired: of the first contender of ours and this row in the same rounds. */
export function resultTable(result: PathResult): string {
  const ours = result.contenders.find(({ role }) => role === 'ours');
  const ordered = [...result.contenders].sort((a, b) => summarize(result, a).wallS - summarize(result, b).wallS);
  const rate = result.objects === undefined ? 'MB/s' : 'objects/s';
  const head = ['', rate, 'CPU s/GB', 'peak RSS MB', 'start-up s', 'wall s (min to max)', 'ours is', 'of its CPU'];
  const lines = ordered.map((row) => cells(result, row, ours));
  return markdown(head, lines);
}

function cells(result: PathResult, row: ContenderResult, ours: ContenderResult | undefined): string[] {
  const summary = summarize(result, row);
  const { residentMb, residentSumMb, startUpS } = summary;
  const processes = residentSumMb > residentMb * 1.05 ? ` (all: ${residentSumMb.toFixed(0)})` : '';
  const compared = ours !== undefined && ours !== row;
  return [
    row.role === 'peer' ? row.name : row.role === 'ours' ? `**${row.name}**` : `_${row.name}_ (limit)`,
    (summary.objectsPerS ?? summary.mbPerS).toFixed(0),
    summary.cpuSPerGb.toFixed(2),
    `${residentMb.toFixed(0)}${processes}`,
    startUpS === undefined ? '' : startUpS.toFixed(2),
    `${summary.wallS.toFixed(2)} (${summary.fastestS.toFixed(2)} to ${summary.slowestS.toFixed(2)})`,
    compared ? `${formatEstimate(estimate(speedUps(ours, row)))} x as fast` : '',
    compared ? `${formatEstimate(estimate(cpuShares(ours, row)))} x` : '',
  ];
}

/** `1.42 (1.38 to 1.47)`: the mean and its 95 % confidence interval, which two values hardly bound. */
export function formatEstimate({ mean, low, high, count }: Estimate): string {
  return count < 3 ? figure(mean) : `${figure(mean)} (${figure(low)} to ${figure(high)})`;
}

/** Three digits that count: what is behind them is noise. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

export function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...lines.map((line) => (line[column] ?? '').length)),
  );
  const row = (line: readonly string[]): string =>
    `| ${widths.map((width, column) => (line[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [row(head), rule, ...lines.map(row)].join('\n');
}
