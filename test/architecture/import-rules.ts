/**
 * Which way imports may point, as a pure function from the texts of the sources to the rules they break.
 *
 * A type-only import is an arrow like any other. Only in the search for cycles does one kind not count: a type-only
 * import between two files of one folder, which is erased and lets a factory and its driver name each other's options.
 */
import path from 'node:path';
import { moduleFacts } from './module-facts.ts';
import type { ImportKind, ModuleFacts } from './module-facts.ts';
import { layerOf, mayImport } from './layers.ts';
import { importCycles } from './import-cycles.ts';

export type Rule =
  | 'arrow'
  | 'unknown-layer'
  | 'missing-file'
  | 'cycle'
  | 'static-vendor'
  | 'undeclared-package'
  | 're-export'
  | 'index-does-more'
  | 'console'
  | 'environment';

export interface Violation {
  readonly rule: Rule;
  readonly file: string;
  readonly detail: string;
}

export interface Declared {
  /** Packages that every install has: dependencies and required peers. */
  readonly always: ReadonlySet<string>;
  /** Peers that a user may leave out. */
  readonly optional: ReadonlySet<string>;
}

/** Vendor SDKs: loaded on first use, however they are declared. */
const VENDOR = /^(pg|pg-copy-streams|pg-query-stream|pg-cursor|kysely|(@aws-sdk|@smithy|@azure)\/.*)$/;

/** The rules that `sources` (path below src/, with forward slashes -> text) break. */
export function importViolations(sources: ReadonlyMap<string, string>, declared: Declared): Violation[] {
  const violations: Violation[] = [];
  const arrows = new Map<string, string[]>();
  for (const [file, text] of sources) {
    const facts = moduleFacts(file, text);
    const add = (rule: Rule, detail: string): void => void violations.push({ rule, file, detail });
    if (layerOf(file) === undefined) add('unknown-layer', 'no arrow is drawn from or to this folder');
    manners(file, facts, add);
    const targets: string[] = [];
    for (const { specifier, kind } of facts.imports) {
      if (!specifier.startsWith('.')) {
        packageImport(specifier, kind, declared, add);
        continue;
      }
      const target = path.posix.join(path.posix.dirname(file), specifier);
      if (!sources.has(target)) add('missing-file', specifier);
      else if (!mayImport(file, target)) add('arrow', target);
      const erased = kind === 'type' && path.posix.dirname(target) === path.posix.dirname(file);
      if (!erased) targets.push(target);
    }
    arrows.set(file, targets);
  }
  for (const cycle of importCycles(arrows)) {
    violations.push({ rule: 'cycle', file: cycle[0] ?? '', detail: cycle.join(' -> ') });
  }
  return violations;
}

type Add = (rule: Rule, detail: string) => void;

function manners(file: string, facts: ModuleFacts, add: Add): void {
  const layer = layerOf(file);
  if (file === 'index.ts' && !facts.onlyReExports) add('index-does-more', 'every statement must be an export from');
  // A subpath of the package is an index.ts as well; any other file says what is its own.
  if (facts.reExports && path.posix.basename(file) !== 'index.ts') add('re-export', 'only an index.ts may re-export');
  if (facts.usesConsole && layer !== 'cli') add('console', 'only cli/ may print');
  // A double starts programs of its own and may not import config/, so it reads for itself.
  if (facts.readsEnvironment && layer !== 'config' && layer !== 'testing')
    add('environment', 'only config/ may read it');
}

function packageImport(specifier: string, kind: ImportKind, declared: Declared, add: Add): void {
  if (specifier.startsWith('node:')) return;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (!declared.always.has(name) && !declared.optional.has(name)) add('undeclared-package', name);
  if (kind === 'value' && (VENDOR.test(name) || declared.optional.has(name))) add('static-vendor', name);
}
