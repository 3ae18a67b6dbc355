/** The process of one target: `node run-target.ts <name> <seconds> <seed> [path]`. Exits with 1 when something is wrong. */
import { fuzzTarget } from './fuzz-target.ts';
import { targets } from './targets/index.ts';

const [name = '', seconds = '1', seed = '1', path] = process.argv.slice(2);
const open = targets[name];
if (open === undefined) throw new RangeError(`no such target: ${name}`);
const made = await open();
try {
  const { runs, failure } = await fuzzTarget(made, { name, seconds: Number(seconds), seed: Number(seed), path });
  process.stdout.write(failure === undefined ? `${runs} inputs\n` : `FAILED: ${failure}\n`);
  process.exitCode = failure === undefined ? 0 : 1;
} finally {
  await made.close?.();
}
