/** Writes what was measured into docs/benchmarks.md, between its markers, with the charts beside it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Floor } from '../harness/floors.ts';
import { judge } from '../harness/floors.ts';
import type { Machine } from '../harness/machine.ts';
import type { PathResult } from '../harness/result.ts';
import { pathChart } from './chart.ts';
import { floorTable } from './floor-table.ts';
import { memoryChart } from './memory-chart.ts';
import { renderSvg } from './svg.ts';
import { resultTable } from './table.ts';

export interface Report {
  readonly machine: Machine;
  readonly results: readonly PathResult[];
}

const DOCS = path.join(import.meta.dirname, '..', '..', 'docs');
const PAGE = path.join(DOCS, 'benchmarks.md');
const CHARTS = path.join(DOCS, 'benchmarks');

export async function writeReport(report: Report, floors: readonly Floor[]): Promise<void> {
  await mkdir(CHARTS, { recursive: true });
  await writeFile(path.join(CHARTS, 'results.json'), `${JSON.stringify(report)}\n`);
  for (const result of report.results) {
    if (result.budgetBytes === undefined) await writeFile(chartFile(result), await renderSvg(pathChart(result)));
  }
  const memory = report.results.filter(({ budgetBytes }) => budgetBytes !== undefined);
  if (memory.length > 0) await writeFile(path.join(CHARTS, 'memory.svg'), await renderSvg(memoryChart(memory)));
  const page = withGenerated(await readFile(PAGE, 'utf8'), reportMarkdown(report, floors));
  await writeFile(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}

/** Replaces what is between the markers. */
export function withGenerated(page: string, generated: string): string {
  const [before, rest] = page.split('<!-- measured -->');
  const [, after] = (rest ?? '').split('<!-- /measured -->');
  if (before === undefined || after === undefined) throw new Error('the page has lost its markers');
  return `${before}<!-- measured -->\n\n${generated}\n\n<!-- /measured -->${after}`;
}

export function reportMarkdown({ machine, results }: Report, floors: readonly Floor[]): string {
  const judgements = floors.flatMap((floor) => {
    const result = results.find((candidate) => `${candidate.case}/${candidate.path}` === floor.path);
    return result === undefined ? [] : [judge(floor, result)];
  });
  const memory = results.filter(({ budgetBytes }) => budgetBytes !== undefined);
  const timed = results.filter(({ budgetBytes }) => budgetBytes === undefined);
  return [
    machineText(machine),
    '### Floors and goals',
    floorTable(judgements),
    ...timed.flatMap((result) => [
      `### ${result.title}`,
      `\`npm run bench ${result.case}/${result.path}\`: ${amount(result)}, ${result.contenders[0]?.samples.length ?? 0} rounds.`,
      ...(result.note === undefined ? [] : [result.note]),
      `![${result.title}](benchmarks/${path.basename(chartFile(result))})`,
      resultTable(result),
    ]),
    ...(memory.length === 0 ? [] : ['### Memory', '![Peak memory](benchmarks/memory.svg)']),
    ...memory.flatMap((result) => [`${result.title}:`, resultTable(result)]),
  ].join('\n\n');
}

function machineText({ date, cpu, cores, memoryGb, system, kernel, loadBefore, versions }: Machine): string {
  const said = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const where = `${cores} x ${cpu}, ${memoryGb} GB, ${system}, Linux ${kernel}`;
  return `Measured on ${date}: ${where}; load average before the run ${loadBefore}. ${said.join(', ')}.`;
}

function amount({ bytes, rows, objects }: PathResult): string {
  const parts = [`${(bytes / 1e6).toFixed(0)} MB`];
  if (rows !== undefined) parts.push(`${rows.toLocaleString('en')} rows`);
  if (objects !== undefined) parts.push(`${objects.toLocaleString('en')} objects`);
  return parts.join(', ');
}

function chartFile(result: PathResult): string {
  return path.join(CHARTS, `${result.case}-${result.path}.svg`);
}
