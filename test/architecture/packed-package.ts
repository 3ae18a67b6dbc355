/** The tarball that would be published, and empty projects that have it installed beside packages of the checkout. */
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { declaredPackages, checkout, readManifest } from './manifest.ts';
import { runNode, run } from '../support/run.ts';

export interface PackedPackage {
  /** Every file of the tarball, with forward slashes. */
  readonly files: readonly string[];
  /** Where it lies unpacked. */
  readonly folder: string;
}

/** Packs the checkout into `into`; builds first when lib/ is not what src/ compiles to. */
export async function packPackage(into: string): Promise<PackedPackage> {
  if (!isBuilt()) await runNode([path.join(checkout, 'scripts/build.js')], { cwd: checkout });
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', into];
  const { stdout } = await run('npm', packing, { cwd: checkout });
  const report = v.array(v.object({ filename: v.string(), files: v.array(v.object({ path: v.string() })) }));
  const [packed] = v.parse(report, JSON.parse(stdout));
  if (packed === undefined) throw new Error('npm pack made nothing');
  await run('tar', ['-xzf', packed.filename], { cwd: into });
  return { files: packed.files.map((file) => file.path), folder: path.join(into, 'package') };
}

/** Whether every source has its declarations in lib/, no others are there, and no output is older than what it comes from. */
function isBuilt(): boolean {
  const [src, lib] = [path.join(checkout, 'src'), path.join(checkout, 'lib')];
  if (!existsSync(lib)) return false;
  const outputs = filesIn(lib, /\.(d\.ts|js)$/);
  const sources = filesIn(src, /\.ts$/);
  const declared = outputs.filter((file) => file.endsWith('.d.ts'));
  const wanted = sources.map((file) => file.replace(/\.ts$/, '.d.ts'));
  if (declared.toSorted().join() !== wanted.toSorted().join()) return false;
  const inputs = ['tsconfig.json', 'tsconfig.build.json', 'scripts/build.js', ...sources.map((file) => `src/${file}`)];
  const newestInput = Math.max(...inputs.map((file) => statSync(path.join(checkout, file)).mtimeMs));
  const oldestOutput = Math.min(...outputs.map((file) => statSync(path.join(lib, file)).mtimeMs));
  return oldestOutput >= newestInput;
}

function filesIn(folder: string, name: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => name.test(file));
}

/**
 * A project that depends on the unpacked package and on `peers`, as an install without the network would leave it.
 * Only what is asked for is linked at its top, so a package that ours uses without declaring it is not found, even
 * where npm's hoisting would have hidden that.
 */
export function installProject(
  folder: string,
  packed: PackedPackage,
  peers: readonly string[],
  sources: Readonly<Record<string, string>>,
): void {
  const modules = path.join(folder, 'node_modules');
  cpSync(packed.folder, path.join(modules, 'sluice'), { recursive: true });
  for (const name of [...declaredPackages(readManifest(packed.folder)).always, ...peers]) {
    const link = path.join(modules, name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(checkout, 'node_modules', name), link, 'junction');
  }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  for (const [file, text] of Object.entries(sources)) writeFileSync(path.join(folder, file), text);
}
