/**
 * `npm run bench [case[/path]...] [-- --short --rounds <n> --only <contender,...> --profile --list]`
 *
 * Without arguments: every case at full size, and docs/benchmarks.md with its charts is written anew.
 */
import { parseArgs } from 'node:util';
import { cases } from './cases/index.ts';
import type { BenchCase, BenchPath, Scale } from './harness/case.ts';
import { buildContenders } from './harness/node-command.ts';
import { profileContender } from './harness/profile.ts';
import { runPath } from './harness/run-path.ts';
import { selectPaths } from './harness/select.ts';
import { ensureTools } from './harness/tools.ts';
import { resultTable } from './report/table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    profile: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const scale: Scale = values.short ? 'short' : 'full';
const only = values.only?.split(',');
const chosen = selectPaths(cases, positionals);

if (values.list) {
  for (const { benchCase, path } of chosen) console.log(`${benchCase.name}/${path.name}: ${path.title}`);
} else {
  ensureTools(chosen.flatMap(({ path }) => path.tools));
  buildContenders();
  for (const { benchCase, path } of chosen) {
    if (values.profile) await profile(path);
    else await run(benchCase, path);
  }
}

async function run(benchCase: BenchCase, path: BenchPath): Promise<void> {
  const name = `${benchCase.name}/${path.name}`;
  const result = await runPath(benchCase, path, {
    scale,
    ...(values.rounds === undefined ? {} : { rounds: Number(values.rounds) }),
    ...(only === undefined ? {} : { only }),
    progress: (message) => process.stderr.write(`${name} ${message}\n`),
  });
  console.log(`\n${name}: ${path.title}\n${(result.bytes / 1e6).toFixed(0)} MB\n\n${resultTable(result)}\n`);
}

async function profile(path: BenchPath): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { contenders } = await path.open(stack, scale);
  const wanted = contenders.filter(({ name, role }) => only?.includes(name) ?? role === 'ours');
  for (const contender of wanted) {
    const times = await profileContender(contender);
    const total = times.reduce((sum, { ms }) => sum + ms, 0);
    console.log(`\n${path.title}: ${contender.name}, ${total.toFixed(0)} ms`);
    for (const { frame, ms } of times.slice(0, 25)) {
      console.log(`${ms.toFixed(0).padStart(7)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${frame}`);
    }
  }
}
