/**
 * `npm run test:mutate`: switches every guard of the source off, one at a time, and requires that a test notices.
 *
 *     node test/mutation/run.ts [name...] [--area s3] [--changed | --since <commit>] [--parallel n] [--limit s] [--json file]
 *
 * `--changed` tries the guards whose file or tests differ from the last commit. Exit code 1 if any guard survived or could not be
 * tried, or if its tests fail over the source as it is.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { tryGuard } from './mutant.ts';
import type { Verdict } from './mutant.ts';
import { select } from './selection.ts';
import { isRed, runUnmutated } from './unmutated.ts';

const UNMUTATED_LIMIT_MS = 900_000;
const TEST_MS = 5_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    area: { type: 'string' },
    changed: { type: 'boolean', default: false },
    since: { type: 'string' },
    parallel: { type: 'string', default: String(availableParallelism()) },
    limit: { type: 'string', default: '120' },
    json: { type: 'string' },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const started = performance.now();
const since = values.since ?? (values.changed ? 'HEAD' : undefined);
const guards = select({ names: positionals, area: values.area, since });

const unmutated = await runUnmutated(guards, UNMUTATED_LIMIT_MS);
say(`${guards.length} guards; unmutated: ${unmutated.tests} tests in ${seconds(unmutated.durationMs)} s`);
for (const { fullTitle, err } of unmutated.failures) say(`red as it is: ${fullTitle}\n  ${err.message ?? ''}`);

const verdicts = await tryAll();
const count = (outcome: string): number => verdicts.filter((verdict) => verdict.outcome === outcome).length;
const totals = { killed: count('killed'), survived: count('survived'), invalid: count('invalid') };
const failed = verdicts.filter(({ outcome }) => outcome !== 'killed');
say(`${totals.killed} killed, ${totals.survived} survived, ${totals.invalid} invalid, ${seconds(sinceStart())} s`);
for (const { guard, outcome } of failed) say(`  ${outcome}: ${guard}`);
if (values.json !== undefined) {
  const red = unmutated.failures.map(({ fullTitle }) => fullTitle);
  writeFileSync(
    values.json,
    `${JSON.stringify({ ...totals, unmutated: { tests: unmutated.tests, red }, verdicts }, null, 2)}\n`,
  );
}
process.exitCode = failed.length > 0 || unmutated.failures.length > 0 ? 1 : 0;

async function tryAll(): Promise<Verdict[]> {
  const limit = pLimit(Number(values.parallel));
  const limits = { limitMs: Number(values.limit) * 1_000, testMs: TEST_MS, took: unmutated.took };
  return Promise.all(
    guards.map((guard) =>
      limit(async () => {
        const verdict: Verdict = isRed(guard, unmutated)
          ? { guard: guard.name, outcome: 'invalid', detail: 'its tests are red as they are', seconds: 0 }
          : await tryGuard(guard, limits);
        say(
          `${verdict.outcome.padEnd(8)} ${verdict.seconds.toFixed(1).padStart(5)} s  ${guard.name}: ${verdict.detail}`,
        );
        return verdict;
      }),
    ),
  );
}

function sinceStart(): number {
  return performance.now() - started;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
