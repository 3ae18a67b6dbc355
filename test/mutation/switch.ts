/**
 * A preload (`node --import`) that loads one file of the source with one guard switched off. `SLUICE_GUARD_OFF` is the guard's name,
 * or the guard itself as JSON; through NODE_OPTIONS it holds in child processes as well.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { switchOff } from './guard.ts';
import type { Guard } from './guard.ts';

const root = path.join(import.meta.dirname, '../..');
const guard = await guardNamed(process.env['SLUICE_GUARD_OFF'] ?? '');
const target = pathToFileURL(path.join(root, guard.file)).href;
// At once, not at the load: an entry that no longer fits must not pass for a file that nobody loads.
const mutated = switchOff(guard, readFileSync(fileURLToPath(target), 'utf8'));

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url.split(/[?#]/, 1)[0] !== target) return loaded;
    const { SLUICE_GUARD_LOADED: witness } = process.env;
    if (witness !== undefined) appendFileSync(witness, `${process.pid}\n`);
    return { ...loaded, source: mutated };
  },
});

async function guardNamed(text: string): Promise<Guard> {
  if (text.startsWith('{')) return JSON.parse(text) as Guard;
  const { guards } = await import('./guards/index.ts');
  const found = guards.find(({ name }) => name === text);
  if (found === undefined) throw new Error(`SLUICE_GUARD_OFF names no guard: '${text}'`);
  return found;
}
