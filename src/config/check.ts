/** Checks a value against a schema and reports everything that is wrong with it at once, repeating no value. */
import leven from 'leven';
import * as v from 'valibot';

/** A schema of any kind; objects in it are strict: a key that none of them knows is a problem. */
export type Schema = v.GenericSchema;

export interface Problem {
  readonly path: readonly string[];
  /** Of an object at `path`, where that is what is wrong. */
  readonly key?: string;
  /** What is expected there. */
  readonly message: string;
}

export interface Checked<S extends Schema> {
  /** Complete and typed when there are no problems; else what could be made of the input. */
  readonly value: v.InferOutput<S>;
  readonly problems: readonly Problem[];
}

export function check<S extends Schema>(schema: S, input: unknown): Checked<S> {
  const { output, issues = [] } = v.safeParse(schema, input, { message: expectation });
  const problems = [
    ...issues.map((issue) => ({ path: (issue.path ?? []).map(({ key }) => String(key)), message: issue.message })),
    ...misshapen(schema, input, []),
  ];
  return { value: output, problems };
}

/** `path: what is expected`; `root` stands for no path. */
export function described({ path, message }: Problem, root: string): string {
  return `${path.length === 0 ? root : path.join('.')}: ${message}`;
}

/** The schema of what is at `path`; undefined where nothing is known of it. */
export function fieldAt(schema: Schema, path: readonly string[]): Schema | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const entries = entriesOf(schema) ?? {};
  const field = Object.hasOwn(entries, key) ? entries[key] : undefined;
  return field === undefined ? undefined : fieldAt(field, rest);
}

/** The fields of an object, be it optional or one of several alternatives. */
export function entriesOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  if ('wrapped' in schema) return entriesOf(schema.wrapped as Schema);
  if ('options' in schema && schema.type === 'union') {
    return (schema.options as readonly Schema[]).map(entriesOf).find((entries) => entries !== undefined);
  }
  return 'entries' in schema ? (schema.entries as Readonly<Record<string, Schema>>) : undefined;
}

/** The one of `known` that was probably meant by `name`. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[_-]/g, '');
  // Two for letters that changed places.
  const most = name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3));
  return known
    .map((text) => ({ text, distance: leven(plain(name), plain(text)) }))
    .filter(({ distance }) => distance <= most)
    .sort((one, other) => one.distance - other.distance)[0]?.text;
}

/** The library's own words would repeat the value. */
function expectation({ received, expected }: v.BaseIssue<unknown>): string {
  return received === 'undefined' ? 'is missing' : `expected ${expected ?? 'something else'}`;
}

/** What valibot lets pass: keys that no object knows, and lists where an object belongs. */
function misshapen(schema: Schema, input: unknown, path: readonly string[]): Problem[] {
  const entries = entriesOf(schema);
  if (entries === undefined || typeof input !== 'object' || input === null) return [];
  if (Array.isArray(input)) return [{ path, message: 'expected an object' }];
  return Object.entries(input).flatMap(([key, value]) => {
    const field = Object.hasOwn(entries, key) ? entries[key] : undefined;
    return field === undefined
      ? [{ path, key, message: unknownKey(key, Object.keys(entries)) }]
      : misshapen(field, value, [...path, key]);
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return `unknown key "${key}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}
