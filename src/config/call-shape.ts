/** The options that calls and streams of every object store take, checked once at the boundary. */
import * as v from 'valibot';
import { connectorError } from '../errors.ts';
import { check, described } from './check.ts';
import type { Schema } from './check.ts';
import { duration, integer, size } from './schema.ts';

/** An object of another's making, by what can be seen of it. */
export const shaped = <T>(shape: string, test: (value: object) => boolean) =>
  v.custom<T>((value) => typeof value === 'object' && value !== null && test(value), `expected ${shape}`);

/** What every call takes, be it a stream or not. */
export const callShape = {
  signal: v.optional(
    shaped<AbortSignal>('an AbortSignal', (value) => 'aborted' in value && 'addEventListener' in value),
  ),
  timeout: v.optional(duration('timeout')),
  retry: v.optional(v.union([v.literal(false), shaped<object>('an object', () => true)])),
};

/** Of what is transferred in parts. */
export const windowShape = {
  partSize: v.optional(size('partSize')),
  concurrency: v.optional(integer(1, 1_000)),
  maxBufferedBytes: v.optional(size('maxBufferedBytes')),
};

const byte = (): ReturnType<typeof integer> => integer(0, Number.MAX_SAFE_INTEGER - 1);

/** Offsets from 0, both inclusive. */
export const rangeShape = v.pipe(
  v.object({ start: v.optional(byte(), 0), end: v.optional(byte()) }),
  v.check(({ start, end }) => end === undefined || end >= start, 'end lies before start'),
);

/**
 * The options of a factory, complete and typed.
 *
 * @throws ConfigError `CONFIG_INVALID` naming every option that is unknown, missing or malformed, and no value.
 */
export function checkedOptions<S extends Schema>(
  schema: S,
  options: unknown,
  { connector, factory }: { readonly connector: string; readonly factory: string },
): v.InferOutput<S> {
  const { value, problems } = check(schema, options);
  if (problems.length === 0) return value;
  const told = problems.map((problem) => described(problem, 'options'));
  throw connectorError('CONFIG_INVALID', `${factory}: ${told.join('; ')}`, { connector, stage: 'configure' });
}

export interface WindowSize {
  readonly partSize: number;
  readonly concurrency: number;
  readonly maxBufferedBytes: number;
}

/** Parts, parallel requests and memory: the call's, else the profile's; memory for one part more than are under way. */
export function windowSize(
  options: Partial<Record<keyof WindowSize, number | undefined>>,
  transfer: Pick<WindowSize, 'partSize' | 'concurrency'>,
  connector: string,
): WindowSize {
  const { partSize = transfer.partSize, concurrency = transfer.concurrency } = options;
  const { maxBufferedBytes = partSize * (concurrency + 1) } = options;
  for (const [name, bytes] of Object.entries({ partSize, maxBufferedBytes })) {
    if (bytes < 1) throw connectorError('CONFIG_INVALID', `${name} must be at least 1 byte`, { connector });
  }
  return { partSize, concurrency, maxBufferedBytes };
}
