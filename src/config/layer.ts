/** One layer of settings, and how layers are laid over each other. No key of theirs ever reaches a prototype. */
import { connectorError } from '../errors.ts';

export type Layer = Readonly<Record<string, unknown>>;

/** Settings, and where each of them was written. */
export interface SourcedLayer {
  readonly values: Layer;
  /** The file, the variable or the call that holds what is at `path`, or under it. */
  readonly origin: (path: readonly string[]) => string;
}

/** Deep merge of plain objects; the later value wins. Neither argument is changed. */
export function merge(base: Layer, over: Layer): Layer {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged.get(key);
    merged.set(key, isPlain(below) && isPlain(value) ? merge(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/**
 * The same settings by camelCase keys, at every depth; snake_case, SCREAMING_SNAKE_CASE and PascalCase are accepted.
 *
 * @throws ConfigError `CONFIG_INVALID` for a key that is there twice, each time in another case.
 */
export function camelCased(layer: Layer): Layer {
  const cased = new Map<string, unknown>();
  for (const [key, value] of Object.entries(layer)) {
    const camel = camelKey(key);
    if (cased.has(camel)) throw connectorError('CONFIG_INVALID', `the setting ${camel} is written twice in one place`);
    cased.set(camel, isPlain(value) ? camelCased(value) : value);
  }
  return Object.fromEntries(cased);
}

export function camelKey(key: string): string {
  const word = /^[A-Z][A-Z0-9_]*$/.test(key) ? key.toLowerCase() : key;
  const begun = /^[A-Z]\w*$/.test(word) ? word.charAt(0).toLowerCase() + word.slice(1) : word;
  return begun.replace(/(?<=[a-zA-Z0-9])_+([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

/** What is at `path`, or undefined. */
export function valueAt(layer: unknown, path: readonly string[]): unknown {
  let value = layer;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Layer)[key];
  }
  return value;
}

export function isPlain(value: unknown): value is Layer {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
