/**
 * `npm run bench:check [case[/path]...] [-- --short] [--slack 0.1]`: runs what the floors name and fails where a figure is
 * worse than its floor, or than what is held of it, beyond what noise explains. `slack` is the share by which a machine
 * that others use too may do worse.
 */
import { parseArgs } from 'node:util';
import { cases } from './cases/index.ts';
import floors from './floors.json' with { type: 'json' };
import { contendersOf, isDoubtful, judge, relaxed, suggestHeld } from './harness/floors.ts';
import type { Floor, Judgement } from './harness/floors.ts';
import { buildContenders } from './harness/node-command.ts';
import { runPath } from './harness/run-path.ts';
import type { PathResult } from './harness/result.ts';
import { selectPaths } from './harness/select.ts';
import { ensureTools } from './harness/tools.ts';
import { floorTable } from './report/floor-table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, slack: { type: 'string', default: '0' } },
});
const slack = Number(values.slack);
if (!(slack >= 0)) throw new Error('--slack is a share, such as 0.1');
const judgements: Judgement[] = [];
const chosen = selectPaths(cases, positionals);
ensureTools(chosen.flatMap(({ path }) => path.tools));
buildContenders();
for (const { benchCase, path } of chosen) {
  const name = `${benchCase.name}/${path.name}`;
  // A goal without a floor is a wish: nothing to hold it to.
  const held = (floors as readonly Floor[]).filter(
    ({ path: of, floor, held: least }) => of === name && (floor ?? least) !== undefined,
  );
  if (held.length === 0) continue;
  const judged = (result: PathResult): Judgement[] => held.map((floor) => judge(relaxed(floor, slack), result));
  const result = await runPath(benchCase, path, {
    scale: values.short ? 'short' : 'full',
    only: contendersOf(held),
    progress: (message) => process.stderr.write(`${name} ${message}\n`),
    doubtful: (soFar) => judged(soFar).some(isDoubtful),
  });
  judgements.push(...judged(result));
}
const failed = judgements.filter(({ verdict }) => verdict === 'failed');
console.log(`\n${floorTable(judgements)}\n`);
for (const judgement of judgements.filter(isDoubtful)) {
  const { path, metric, peer = '' } = judgement.floor;
  console.log(`${path} ${metric} ${peer}: what was seen would hold ${suggestHeld(judgement)}`);
}
console.log(
  failed.length === 0 ? 'Every figure is held.' : `${failed.length} of ${judgements.length} figures are lost.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
