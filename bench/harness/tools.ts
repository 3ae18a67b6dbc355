/** The programs that peers are: found, or installed where that can be done, or the case fails. Never skipped. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';

/**
 * By full path, whatever else comes first in the PATH. Debian's `psql` there is a Perl script that starts the real one,
 * which is what is measured.
 */
const TOOLS = {
  psql: { file: '/usr/lib/postgresql/*/bin/psql', package: 'postgresql-client' },
  gzip: { file: '/usr/bin/gzip', package: 'gzip' },
  pigz: { file: '/usr/bin/pigz', package: 'pigz' },
  igzip: { file: '/usr/bin/igzip', package: 'isal' },
  curl: { file: '/usr/bin/curl', package: 'curl' },
  aws: { file: '/usr/bin/aws', package: 'awscli' },
  rclone: { file: '/usr/bin/rclone', package: 'rclone' },
} as const;

export type Tool = keyof typeof TOOLS;

/** Throws for a program that is not there. */
export function toolPath(tool: Tool): string {
  const file = find(tool);
  if (file === undefined) throw new Error(`${tool} is missing: apt-get install ${TOOLS[tool].package}`);
  return file;
}

/** Installs what is missing, as root on Debian. Throws, naming the package, where it cannot. */
export function ensureTools(tools: Iterable<Tool>): void {
  const wanted = [...new Set(tools)];
  const missing = wanted.filter((tool) => find(tool) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map((tool) => TOOLS[tool].package);
  const remedy = `apt-get install ${packages.join(' ')}`;
  if (process.getuid?.() !== 0) throw new Error(`peers are missing: ${missing.join(', ')}; run ${remedy}`);
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  try {
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', ...packages], options);
  } catch (cause) {
    throw new Error(`peers are missing and cannot be installed: ${missing.join(', ')}; tried ${remedy}`, { cause });
  }
  for (const tool of missing) toolPath(tool);
}

/** The number in what the program says of its version. */
export function toolVersion(tool: Tool): string {
  const said = execFileSync(toolPath(tool), ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return /\d+(?:\.\d+)+/.exec(said)?.[0] ?? said.trim();
}

/** The newest where several versions are installed side by side. */
function find(tool: Tool): string | undefined {
  const files = globSync(TOOLS[tool].file).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return files.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
