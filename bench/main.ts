/**
 * `npm run bench [case[/path]...] [-- --short --rounds <n> --only <contender,...> --profile --list --write --render]`
 *
 * Without a case, or with `--write`, the results go into docs/benchmarks.md. `--render` writes that page from its old
 * results, measuring nothing.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { cases } from './cases/index.ts';
import floors from './floors.json' with { type: 'json' };
import type { Scale } from './harness/case.ts';
import type { Floor } from './harness/floors.ts';
import { describeMachine } from './harness/machine.ts';
import { buildContenders } from './harness/node-command.ts';
import { printProfile } from './harness/profile.ts';
import type { PathResult } from './harness/result.ts';
import { runPath } from './harness/run-path.ts';
import { selectPaths } from './harness/select.ts';
import type { ChosenPath } from './harness/select.ts';
import { ensurePackages } from './harness/packages.ts';
import { ensureTools } from './harness/tools.ts';
import { writeReport } from './report/document.ts';
import { resultTable } from './report/table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    profile: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    render: { type: 'boolean', default: false },
  },
});
const scale: Scale = values.short ? 'short' : 'full';
const only = values.only?.split(',');
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const chosen = selectPaths(cases, positionals);
const complete = scale === 'full' && only === undefined && rounds === undefined;
if (values.write && !complete) throw new Error('what is written is measured whole: no --short, --only or --rounds');

if (values.list) {
  for (const { benchCase, path } of chosen) console.log(`${benchCase.name}/${path.name}: ${path.title}`);
} else if (values.render) {
  await writeReport(undefined, floors as readonly Floor[]);
} else {
  ensureTools(chosen.flatMap(({ path }) => path.tools));
  buildContenders();
  ensurePackages(chosen.flatMap(({ path }) => path.packages ?? []));
  if (values.profile) for (const { path } of chosen) await printProfile(path, scale, only);
  else await runAll();
}

async function runAll(): Promise<void> {
  const load = loadavg()[0] ?? 0;
  if (load > 0.5) console.error(`This machine is busy (load average ${load.toFixed(1)}): look at ratios alone.`);
  const results: PathResult[] = [];
  for (const path of chosen) {
    try {
      results.push(await run(path));
    } catch (error) {
      // The others are worth having, and the exit code tells.
      console.error(`\n${path.benchCase.name}/${path.path.name} FAILED:`, error);
      process.exitCode = 1;
    }
  }
  if (!values.write && !(positionals.length === 0 && complete)) return;
  const machine = describeMachine(chosen.flatMap(({ path }) => path.tools));
  if (results.length > 0) await writeReport({ machine, results }, floors as readonly Floor[]);
}

async function run({ benchCase, path }: ChosenPath): Promise<PathResult> {
  const name = `${benchCase.name}/${path.name}`;
  const result = await runPath(benchCase, path, {
    scale,
    ...(rounds === undefined ? {} : { rounds }),
    ...(only === undefined ? {} : { only }),
    progress: (message) => process.stderr.write(`${name} ${message}\n`),
  });
  console.log(`\n${name}: ${path.title}\n${(result.bytes / 1e6).toFixed(0)} MB\n\n${resultTable(result)}\n`);
  return result;
}
