// Compiles src/ into lib/ in place of what an earlier build left there.
import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

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
// Only a build that compiled replaces the one before it.
for (const entry of readdirSync(out)) {
  if (entry !== 'README.md' && entry !== '.next') rmSync(path.join(out, entry), { recursive: true });
}
for (const entry of readdirSync(next)) renameSync(path.join(next, entry), path.join(out, entry));
rmSync(next, { recursive: true });
