/** A contender twice: joined with the library as it is, and with one that measures nothing and tells nobody. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { BUILT, CONTENDERS, runScript } from './node-command.ts';

const SRC = path.join(import.meta.dirname, '..', '..', 'src');

/** By module: all that is told of an operation, and the clocks that are read for it alone. */
const TOLD: Readonly<Record<string, readonly RegExp[]>> = {
  'operation.ts': [/(?<=^ {2}(?:start|annotate|annotateFrom|retry|stage|end|fail)\(.*\{$)/gm],
  'sink.ts': [/const since = performance\.now\(\);/g, /blockedMs \+= performance\.now\(\) - since;/g],
  'source.ts': [/if \(lifecycle\.opened\) blockedMs \+= .*;/g, /idleSince = performance\.now\(\);/g],
};

const silence: Plugin = {
  name: 'silence',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]core[\\/](?:operation|sink|source)\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      return { contents: silent(path.basename(file), text), loader: 'ts' };
    });
  },
};

/** The text of a module of `src/core` without what it tells; throws where a part of that is not found any more. */
export function silent(module: string, text: string): string {
  return (TOLD[module] ?? []).reduce((rest, told) => {
    if (rest.search(told) < 0) throw new Error(`${module} no longer has ${String(told)}`);
    return rest.replace(told, module === 'operation.ts' ? '\n    return;' : '');
  }, text);
}

/** Builds `script` of the contenders both ways; gives what makes their commands from arguments. */
export async function withAndWithoutTelemetry(
  script: string,
): Promise<Readonly<Record<'told' | 'silent', (args: object) => string>>> {
  const join = async (variant: string, plugins: Plugin[]): Promise<(args: object) => string> => {
    const outfile = path.join(BUILT, `${script}.${variant}.js`);
    await build({
      ...{ entryPoints: [path.join(CONTENDERS, `${script}.ts`)], outfile, plugins },
      ...{ bundle: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'warning' },
      alias: { sluice: path.join(SRC, 'index.ts') },
    });
    return (args) => runScript(outfile, args);
  };
  return { told: await join('told', []), silent: await join('silent', [silence]) };
}
