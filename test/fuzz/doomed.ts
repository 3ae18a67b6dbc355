/** `node doomed.ts <fate>`: a target that must be ended from outside of its thread. */
import fc from 'fast-check';
import { fuzzTarget } from './fuzz-target.ts';
import { target } from './target.ts';

const [fate = ''] = process.argv.slice(2);
const held: Buffer[] = [];

const fates: Readonly<Record<string, () => Promise<void> | void>> = {
  hang() {
    for (;;) held.length = 0;
  },
  wait: () => new Promise(() => undefined),
  memory() {
    for (;;) held.push(Buffer.alloc(8 * 1024 * 1024, held.length));
  },
};

// The tenth input is the one.
let inputs = 0;
const check = () => ((inputs += 1) === 10 ? fates[fate]?.() : undefined);
// A promise that nothing will settle does not hold the process, as a socket would.
setInterval(() => undefined, 1_000);
const limits = {
  cpuMs: fate === 'hang' ? 300 : 60_000,
  wallMs: fate === 'wait' ? 300 : 60_000,
  memoryBytes: 64 * 2 ** 20,
};
await fuzzTarget(target({ input: fc.nat(), check }), { name: 'doomed', seconds: 60, seed: 1, limits });
