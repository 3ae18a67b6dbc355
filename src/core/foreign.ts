/** Reads what is not ours: any field may be missing, of another kind than expected, or throw when it is read. */

/** The field, or undefined. */
export function read(foreign: unknown, key: string): unknown {
  if (typeof foreign !== 'object' || foreign === null) return undefined;
  try {
    return Reflect.get(foreign, key);
  } catch {
    return undefined;
  }
}

/** The field if it is text. */
export function textOf(foreign: unknown, key: string): string | undefined {
  const value = read(foreign, key);
  return typeof value === 'string' ? value : undefined;
}

/** The field if it is a word, as names and codes are: at most 64 characters, and none that could hold a sentence. */
export function wordOf(foreign: unknown, key: string): string | undefined {
  const value = textOf(foreign, key);
  return value !== undefined && /^\w[\w.:-]{0,63}$/.test(value) ? value : undefined;
}

/** A header of a message whose headers are looked up by `get`, if it is there. */
export function headerOf(message: unknown, name: string): string | undefined {
  const headers = read(message, 'headers');
  const get = read(headers, 'get');
  try {
    const value: unknown = typeof get === 'function' ? Reflect.apply(get, headers, [name]) : undefined;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
