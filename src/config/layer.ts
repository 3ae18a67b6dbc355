/** One layer of settings, and how layers are laid over each other. No key of theirs ever reaches a prototype. */

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

/** The same settings by camelCase keys, at every depth; snake_case ones are accepted. */
export function camelCased(layer: Layer): Layer {
  return Object.fromEntries(
    Object.entries(layer).map(([key, value]) => [camelKey(key), isPlain(value) ? camelCased(value) : value]),
  );
}

export function camelKey(key: string): string {
  return key.replace(/(?<=[a-zA-Z0-9])_+([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
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
