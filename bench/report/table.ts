/** A path's results as a Markdown table. */
import { cpuTimes, summarize, wallTimes } from '../harness/result.ts';
import type { PathResult } from '../harness/result.ts';
import type { ContenderResult } from '../harness/rounds.ts';
import { estimate, pairedRatios } from '../harness/statistics.ts';
import type { Estimate } from '../harness/statistics.ts';

/** Fastest first. The ratios are of whole processes, paired: the first contender of ours and this row, round by round. */
export function resultTable(result: PathResult): string {
  const ours = result.contenders.find(({ role }) => role === 'ours');
  const ordered = [...result.contenders].sort((a, b) => summarize(result, a).wallS - summarize(result, b).wallS);
  const rate = result.objects === undefined ? [] : ['objects/s'];
  const speed = [...rate, 'MB/s', 'once started', 'start-up s'];
  const cpu = ['CPU s/GB', ...(result.rows === undefined ? [] : ['CPU s/M rows'])];
  const head = ['', ...speed, 'wall s (min to max)', ...cpu, 'peak RSS MB', 'ours is', 'of its CPU'];
  return markdown(
    head,
    ordered.map((row) => cells(result, row, ours)),
  );
}

function cells(result: PathResult, row: ContenderResult, ours: ContenderResult | undefined): string[] {
  const summary = summarize(result, row);
  const { residentMb, residentSumMb, objectsPerS, cpuSPerMillionRows } = summary;
  const all = residentSumMb > residentMb * 1.05 ? ` (all: ${residentSumMb.toFixed(0)})` : '';
  const compared = ours !== undefined && ours !== row;
  return [
    row.role === 'peer' ? row.name : row.role === 'ours' ? `**${row.name}**` : `_${row.name}_ (limit)`,
    ...(objectsPerS === undefined ? [] : [objectsPerS.toFixed(0)]),
    summary.mbPerS.toFixed(0),
    summary.runningMbPerS.toFixed(0),
    summary.startUpS.toFixed(2),
    `${summary.wallS.toFixed(2)} (${summary.fastestS.toFixed(2)} to ${summary.slowestS.toFixed(2)})`,
    summary.cpuSPerGb.toFixed(2),
    ...(cpuSPerMillionRows === undefined ? [] : [cpuSPerMillionRows.toFixed(2)]),
    `${residentMb.toFixed(0)}${all}`,
    compared ? `${formatEstimate(estimate(pairedRatios(wallTimes(row), wallTimes(ours))))} x as fast` : '',
    compared ? `${formatEstimate(estimate(pairedRatios(cpuTimes(ours), cpuTimes(row))))} x` : '',
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
  const escaped = [head, ...lines].map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...escaped.map((line) => (line[column] ?? '').length)));
  const rows = escaped.map(
    (line) => `| ${widths.map((width, column) => (line[column] ?? '').padEnd(width)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [rows[0], rule, ...rows.slice(1)].join('\n');
}
