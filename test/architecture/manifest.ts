/** What package.json promises, as far as the tests of the architecture ask. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { Declared } from './import-rules.ts';

export const checkout = path.join(import.meta.dirname, '../..');

const texts = v.record(v.string(), v.string());

const schema = v.object({
  dependencies: v.optional(texts, {}),
  peerDependencies: v.optional(texts, {}),
  peerDependenciesMeta: v.optional(v.record(v.string(), v.object({ optional: v.boolean() })), {}),
  bin: texts,
  exports: v.record(v.string(), v.union([v.string(), texts])),
});

export type Manifest = v.InferOutput<typeof schema>;

export function readManifest(folder: string = checkout): Manifest {
  return v.parse(schema, JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')));
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
  return v.parse(v.object({ version: v.string() }), JSON.parse(manifest)).version;
}
