/** The measured part of docs/benchmarks.md. */
import type { Floor } from '../harness/floors.ts';
import { contendersOf, judge } from '../harness/floors.ts';
import type { Machine } from '../harness/machine.ts';
import type { PathResult } from '../harness/result.ts';
import { floorTable } from './floor-table.ts';
import { resultTable } from './table.ts';

export interface Report {
  readonly machine: Machine;
  readonly results: readonly PathResult[];
}

export const MEMORY_CHART = 'memory.svg';

export function reportMarkdown({ machine, results }: Report, floors: readonly Floor[]): string {
  const judgements = floors.flatMap((floor) => {
    const result = results.find((candidate) => `${candidate.case}/${candidate.path}` === floor.path);
    // A contender that came since is judged when its path is measured again.
    const isMeasured = contendersOf([floor]).every((name) => result?.contenders.some((one) => one.name === name));
    return result === undefined || !isMeasured ? [] : [judge(floor, result)];
  });
  const memory = results.filter(({ budgetBytes }) => budgetBytes !== undefined);
  const timed = results.filter(({ budgetBytes }) => budgetBytes === undefined);
  return [
    machineText(machine),
    '### Floors and goals',
    floorTable(judgements),
    ...timed.flatMap((result) => [
      `### ${result.title}`,
      `\`npm run bench ${result.case}/${result.path}\`: ${amount(result)}, ${result.contenders[0]?.samples.length ?? 0} rounds on ${result.date}, load average before them ${result.loadBefore}.`,
      ...(result.note === undefined ? [] : [result.note]),
      `![${result.title}](benchmarks/${chartName(result)})`,
      resultTable(result),
    ]),
    ...(memory.length === 0 ? [] : ['### Memory', `![Peak memory](benchmarks/${MEMORY_CHART})`]),
    ...memory.flatMap((result) => [`${result.title}:`, resultTable(result)]),
  ].join('\n\n');
}

function machineText({ cpu, cores, memoryGb, system, kernel, versions }: Machine): string {
  const said = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cores} x ${cpu}, ${memoryGb} GB, ${system}, Linux ${kernel}; ${said.join(', ')}.`;
}

function amount({ bytes, rows, objects }: PathResult): string {
  const parts = [`${(bytes / 1e6).toFixed(0)} MB`];
  if (rows !== undefined) parts.push(`${rows.toLocaleString('en')} rows`);
  if (objects !== undefined) parts.push(`${objects.toLocaleString('en')} objects`);
  return parts.join(', ');
}

export function chartName(result: PathResult): string {
  return `${result.case}-${result.path}.svg`;
}
