/**
 * The config file: `sluice.config.{js,mjs,cjs,ts,mts,json,yaml,yml,toml}`, or `sluice` in `package.json`, in the working
 * directory or the nearest one above it. Read once; its profiles are at `connectors.<name>.<profile>`.
 */
import { createRequire } from 'node:module';
import type * as Lilconfig from 'lilconfig';
import type * as Toml from 'smol-toml';
import type * as Yaml from 'yaml';
import { connectorError } from '../errors.ts';
import { nearest } from './check.ts';
import { camelCased, isPlain, valueAt } from './layer.ts';
import type { Layer, SourcedLayer } from './layer.ts';

const EXTENSIONS = ['js', 'mjs', 'cjs', 'ts', 'mts', 'json', 'yaml', 'yml', 'toml'] as const;

export interface ConfigFile {
  readonly path: string;
  /** By connector, then by profile. */
  readonly connectors: Readonly<Record<string, Readonly<Record<string, Layer>>>>;
}

const found = new Map<string, ConfigFile | undefined>();
/** Of a process that has a config file; one that has none loads the search alone. */
const require = createRequire(import.meta.url);

/**
 * The nearest config file above `from`; undefined when there is none. The answer is kept until `forgetConfigFiles`.
 *
 * @throws ConfigError `CONFIG_INVALID` naming the file and what is wrong with it, without its content.
 */
export function configFile(from: string = process.cwd()): ConfigFile | undefined {
  if (found.has(from)) return found.get(from);
  const file = read(from);
  found.set(from, file);
  return file;
}

/** The next use reads anew. A module that was loaded stays as Node keeps it. */
export function forgetConfigFiles(): void {
  found.clear();
}

/** What the file says of one profile. */
export function fileLayer(file: ConfigFile | undefined, connector: string, profile: string): SourcedLayer {
  const values = valueAt(file?.connectors, [connector, profile]) as Layer | undefined;
  return { values: values ?? {}, origin: () => file?.path ?? 'the config file' };
}

function read(from: string): ConfigFile | undefined {
  const { lilconfigSync } = require('lilconfig') as typeof Lilconfig;
  const searchPlaces = ['package.json', ...EXTENSIONS.map((extension) => `sluice.config.${extension}`)];
  const loaders = Object.fromEntries(EXTENSIONS.map((extension) => [`.${extension}`, loaderOf(extension)]));
  const result = lilconfigSync('sluice', { searchPlaces, loaders, cache: false, stopDir: '/' }).search(from);
  if (result === null || result.isEmpty === true) return undefined;
  const { filepath, config } = result as { filepath: string; config: unknown };
  return { path: filepath, connectors: profilesOf(config, filepath) };
}

function loaderOf(extension: (typeof EXTENSIONS)[number]) {
  return (file: string, content: string): unknown => {
    try {
      switch (extension) {
        case 'json':
          return JSON.parse(content);
        case 'yaml':
        case 'yml':
          return (require('yaml') as typeof Yaml).parse(content, { logLevel: 'error' });
        case 'toml':
          return plain((require('smol-toml') as typeof Toml).parse(content));
        case 'js':
        case 'mjs':
        case 'cjs':
        case 'ts':
        case 'mts':
          return exported(require(file));
      }
    } catch (error) {
      // A parser quotes the line, which may hold a password; a module's own error is its author's to read.
      const reason = /^[cm]?[jt]s$/.test(extension) && error instanceof Error ? ` (${error.name})` : '';
      const needs = extension.endsWith('ts') ? '; TypeScript needs Node 22.18 or later' : '';
      throw invalid(file, `cannot be read as ${extension.toUpperCase()}${reason}${needs}`);
    }
  };
}

function exported(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : module;
}

/** The same of plain objects alone: the TOML parser makes tables without a prototype. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function profilesOf(config: unknown, file: string): ConfigFile['connectors'] {
  const { connectors = {}, ...others } = groupOf(config, file, 'the file');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const meant = nearest(unknown, ['connectors']);
    throw invalid(file, `has an unknown key "${unknown}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
  }
  return mapped(groupOf(connectors, file, 'connectors'), (profiles, connector) =>
    mapped(groupOf(profiles, file, `connectors.${connector}`), (settings, profile) =>
      camelCased(groupOf(settings, file, `connectors.${connector}.${profile}`)),
    ),
  );
}

function groupOf(value: unknown, file: string, place: string): Layer {
  if (isPlain(value)) return value;
  throw invalid(file, `${place} is not an object`);
}

function mapped<T>(layer: Layer, map: (value: unknown, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(layer).map(([key, value]) => [key, map(value, key)]));
}

function invalid(file: string, what: string): Error {
  return connectorError('CONFIG_INVALID', `${file}: ${what}`, { stage: 'configure' });
}
