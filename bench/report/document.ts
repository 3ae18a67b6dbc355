/** Writes what was measured into docs/benchmarks.md, between its markers, with the charts and the raw samples beside it. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Floor } from '../harness/floors.ts';
import type { PathResult } from '../harness/result.ts';
import { pathChart } from './chart.ts';
import { memoryChart } from './memory-chart.ts';
import { chartName, MEMORY_CHART, reportMarkdown } from './page.ts';
import type { Report } from './page.ts';
import { renderSvg } from './svg.ts';

const DOCS = path.join(import.meta.dirname, '..', '..', 'docs');
const PAGE = path.join(DOCS, 'benchmarks.md');
const FOLDER = path.join(DOCS, 'benchmarks');
const SAMPLES = path.join(FOLDER, 'results.json');

/** With no new results the page is written anew from the samples that it was written from before. */
export async function writeReport(fresh: Report | undefined, floors: readonly Floor[]): Promise<void> {
  const before = existsSync(SAMPLES) ? (JSON.parse(await readFile(SAMPLES, 'utf8')) as Report) : undefined;
  const report = merged(before, fresh);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(SAMPLES, `${JSON.stringify(report)}\n`);
  const isMemory = ({ budgetBytes }: PathResult): boolean => budgetBytes !== undefined;
  for (const result of report.results.filter((candidate) => !isMemory(candidate))) {
    await writeFile(path.join(FOLDER, chartName(result)), await renderSvg(pathChart(result)));
  }
  const memory = report.results.filter(isMemory);
  if (memory.length > 0) await writeFile(path.join(FOLDER, MEMORY_CHART), await renderSvg(memoryChart(memory)));
  const page = withGenerated(await readFile(PAGE, 'utf8'), reportMarkdown(report, floors));
  await writeFile(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}

/** New results take the place of old ones of the same path; those of another machine cannot stand beside them. */
export function merged(before: Report | undefined, fresh: Report | undefined): Report {
  if (fresh === undefined || before === undefined) {
    const only = fresh ?? before;
    if (only === undefined) throw new Error('nothing has been measured');
    return only;
  }
  const name = (result: PathResult): string => `${result.case}/${result.path}`;
  const replaced = new Map(fresh.results.map((result) => [name(result), result]));
  const kept = before.results.filter((result) => !replaced.has(name(result)));
  if (kept.length > 0 && (before.machine.cpu !== fresh.machine.cpu || before.machine.cores !== fresh.machine.cores)) {
    throw new Error(`the page has figures of another machine (${before.machine.cpu}): measure everything`);
  }
  const old = new Set(before.results.map(name));
  const results = before.results.map((result) => replaced.get(name(result)) ?? result);
  return { machine: fresh.machine, results: [...results, ...fresh.results.filter((result) => !old.has(name(result)))] };
}

/** Replaces what is between the markers. */
export function withGenerated(page: string, generated: string): string {
  const [before, rest] = page.split('<!-- measured -->');
  const [, after] = (rest ?? '').split('<!-- /measured -->');
  if (before === undefined || after === undefined) throw new Error('the page has lost its markers');
  return `${before}<!-- measured -->\n\n${generated}\n\n<!-- /measured -->${after}`;
}
