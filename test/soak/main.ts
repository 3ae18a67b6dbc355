/** `npm run soak`: see docs/soak.md. */
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chart } from './chart.ts';
import { summary } from './report.ts';
import { soak } from './soak.ts';
import type { LeakKind } from './protocol.ts';

const MIB = 1024 * 1024;
const LEAKS: readonly string[] = ['memory', 'socket', 'listener'] satisfies LeakKind[];

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    lanes: { type: 'string', default: '2' },
    /** MiB of CSV, one way. */
    round: { type: 'string', default: '3' },
    /** MiB of CSV a second, one way. */
    pace: { type: 'string', default: '4' },
    /** MiB that the line through the process's memory may rise over the last two thirds. */
    'max-growth': { type: 'string' },
    report: { type: 'string' },
    chart: { type: 'string' },
    leak: { type: 'string' },
  },
});

const number = (name: 'minutes' | 'lanes' | 'round' | 'pace' | 'max-growth' | 'seed'): number => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`--${name} takes a number above 0`);
};
const { leak } = values;
if (leak !== undefined && !LEAKS.includes(leak)) throw new RangeError(`--leak is one of ${LEAKS.join(', ')}`);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());

const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : number('seed');
say(`seed ${seed}: npm run soak -- --minutes ${values.minutes} --seed ${seed}`);
const report = await soak({
  ...{ seed, say, signal: stop.signal, leak: leak as LeakKind | undefined },
  ...{
    minutes: number('minutes'),
    lanes: number('lanes'),
    roundBytes: number('round') * MIB,
    pace: number('pace') * MIB,
  },
  limits: values['max-growth'] === undefined ? {} : { rssBytes: number('max-growth') * MIB },
});
if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report, undefined, 1)}\n`);
if (values.chart !== undefined) await writeFile(values.chart, await chart(report));
say(summary(report));
process.exitCode = report.passed ? 0 : 1;
