// Makes lib/ of src/, in place of what an earlier build left there: declarations for each module, code for each entry.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `sluice needs Node >= 22.15 and this is ${process.version}. The "node" package in devDependencies brings one for every ` +
      'npm script, but its install script did not run: `npm rebuild node`, or install without --ignore-scripts.',
  );
  process.exit(1);
}

const root = path.dirname(import.meta.dirname);
const out = path.join(root, 'lib');
const next = path.join(root, 'lib', '.next');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
rmSync(next, { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json'), '--outDir', next], {
  stdio: 'inherit',
  cwd: root,
});
const { bin, exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const files = [...Object.values(bin), ...Object.values(exports).map((entry) => entry.default)];
const entries = files.flatMap((file) => file?.match(/^\.\/lib\/(.*)\.js$/)?.[1] ?? []);
// A hundred modules take Node 25 ms longer to load than the few files they are joined into.
await build({
  entryPoints: entries.map((name) => ({ in: path.join(root, 'src', `${name}.ts`), out: name })),
  outdir: next,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  chunkNames: 'shared/[name]-[hash]',
  sourcemap: true,
  logLevel: 'warning',
});
// Only a build that compiled replaces the one before it.
for (const entry of readdirSync(out)) {
  if (entry !== 'README.md' && entry !== '.next') rmSync(path.join(out, entry), { recursive: true });
}
for (const entry of readdirSync(next)) renameSync(path.join(next, entry), path.join(out, entry));
rmSync(next, { recursive: true });
