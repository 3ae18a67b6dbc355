/** Checks a value against a schema and reports everything that is wrong with it at once, repeating no value. */
import * as v from 'valibot';

/** A schema of any kind; objects in it are strict: a key that none of them knows is a problem. */
export type Schema = v.GenericSchema;

export type Checked<S extends Schema> =
  | { readonly value: v.InferOutput<S>; readonly problems?: never }
  | { readonly value?: never; readonly problems: readonly string[] };

/** The value, complete and typed; or its problems, each as `path: what is expected`, where `root` stands for no path. */
export function check<S extends Schema>(schema: S, input: unknown, root: string): Checked<S> {
  const { output, issues = [], typed } = v.safeParse(schema, input, { message: expectation });
  const problems = [
    ...issues.map((issue) => `${v.getDotPath(issue) ?? root}: ${issue.message}`),
    ...misshapen(schema, input, [], root),
  ];
  return typed && problems.length === 0 ? { value: output } : { problems };
}

/** The library's own words would repeat the value. */
function expectation({ received, expected }: v.BaseIssue<unknown>): string {
  return received === 'undefined' ? 'is missing' : `expected ${expected ?? 'something else'}`;
}

/** What valibot lets pass: keys that no object knows, and lists where an object belongs. */
function misshapen(schema: Schema, input: unknown, path: readonly string[], root: string): string[] {
  const entries = entriesOf(schema);
  if (entries === undefined || typeof input !== 'object' || input === null) return [];
  const place = path.join('.') || root;
  if (Array.isArray(input)) return [`${place}: expected an object`];
  return Object.entries(input).flatMap(([key, value]) => {
    const field = Object.hasOwn(entries, key) ? entries[key] : undefined;
    return field === undefined ? [`${place}: unknown key "${key}"`] : misshapen(field, value, [...path, key], root);
  });
}

/** The fields of an object, be it optional or one of several alternatives. */
function entriesOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  if ('wrapped' in schema) return entriesOf(schema.wrapped as Schema);
  if ('options' in schema && schema.type === 'union') {
    return (schema.options as readonly Schema[]).map(entriesOf).find((entries) => entries !== undefined);
  }
  return 'entries' in schema ? (schema.entries as Readonly<Record<string, Schema>>) : undefined;
}
