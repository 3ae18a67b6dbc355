/** What package.json promises, as far as the tests of the architecture ask. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Declared } from './import-rules.ts';

export const checkout = path.join(import.meta.dirname, '../..');

const schema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean() })).default({}),
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
});

export type Manifest = z.output<typeof schema>;

export function readManifest(folder: string = checkout): Manifest {
  return schema.parse(JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')));
}

/** The packages that an install always has, and those that a user may leave out. */
export function declaredPackages(manifest: Manifest = readManifest()): Declared {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const peers = Object.keys(peerDependencies);
  const optional = peers.filter((name) => peerDependenciesMeta[name]?.optional === true);
  return {
    always: new Set([...Object.keys(dependencies), ...peers.filter((name) => !optional.includes(name))]),
    optional: new Set(optional),
  };
}

/** The version of a package that this checkout has installed. */
export function installedVersion(name: string): string {
  const manifest = readFileSync(path.join(checkout, 'node_modules', name, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
}
