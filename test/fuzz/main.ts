/** `npm run fuzz`: see docs/guide/testing.md. Each target has a process of its own, so that a hang ends only that one. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { targets } from './targets/index.ts';

const { values } = parseArgs({
  options: {
    /** In all, start-up included; targets that run side by side share it. */
    seconds: { type: 'string', default: '60' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
});
const names = values.target ?? Object.keys(targets);
for (const name of names) {
  if (targets[name] === undefined) throw new RangeError(`--target is one of ${Object.keys(targets).join(', ')}`);
}
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
const seconds = Number(values.seconds);
if (!Number.isInteger(seed) || !(seconds > 0))
  throw new RangeError('--seed takes a whole number, --seconds one above 0');

/** What a process needs before its first input, and for making a failure smaller. */
const START_MS = 1_500;
const lanes = Math.min(availableParallelism(), names.length, 4);
const overAt = performance.now() + seconds * 1_000;
let waiting = names.length;

/** The time that is left, shared by those that wait: a slow machine gives each less, and all of them some. */
const shareOf = (): number => {
  const share = ((overAt - performance.now()) * Math.min(lanes, waiting)) / waiting;
  waiting -= 1;
  return Math.max(500, share - START_MS) / 1_000;
};

interface Ending {
  readonly passed: boolean;
  readonly said: string;
}

const runTarget = (name: string): Promise<Ending> =>
  new Promise((resolve, reject) => {
    const replay = values.path === undefined ? [] : [values.path];
    const args = [path.join(import.meta.dirname, 'run-target.ts'), name, shareOf().toFixed(1), String(seed), ...replay];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const note = (chunk: string) => void (said += chunk);
    child.stdout.setEncoding('utf8').on('data', note);
    child.stderr.setEncoding('utf8').on('data', note);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const ending = code === 0 || code === 1 ? '' : `the process ended with ${String(code ?? signal)}\n`;
      resolve({ passed: code === 0, said: said + ending });
    });
  });

const say = (text: string): void => void process.stdout.write(text);
say(`seed ${seed}, ${seconds} s for ${names.length} targets, ${lanes} at a time\n`);
const limit = pLimit(lanes);
const endings = await Promise.all(
  names.map((name) =>
    limit(async () => {
      const ending = await runTarget(name);
      say(`${ending.passed ? 'ok  ' : 'FAIL'} ${name}: ${ending.said}`);
      return ending;
    }),
  ),
);
process.exitCode = endings.every(({ passed }) => passed) ? 0 : 1;
