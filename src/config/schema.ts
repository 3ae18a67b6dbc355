/** The field types of every connector's schema: coercion by the field's type, never by the look of the value. */
import * as v from 'valibot';
import { parseDuration } from '../core/duration.ts';
import { parseSize } from '../core/size.ts';

const parsed = <T>(type: string, parse: (value: number | string) => T) =>
  v.pipe(
    v.union([v.number(), v.string()], 'expected a number or a text'),
    v.rawTransform<number | string, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        addIssue({ message: error instanceof Error ? error.message : 'malformed' });
        return NEVER;
      }
    }),
    v.metadata({ type }),
  );

export const text = () =>
  v.pipe(v.string(), v.nonEmpty('expected a text that is not empty'), v.metadata({ type: 'text' }));
/** A text whose value appears in no error, log or printout. */
export const secret = () => v.pipe(v.string(), v.metadata({ type: 'text', secret: true }));
/** Milliseconds, or '250ms', '30s', '5m', '1h'. */
export const duration = (name: string) => parsed('duration', (value) => parseDuration(value, name));
/** Bytes, or '64KiB', '8MiB', '1GiB'. */
export const size = (name: string) => parsed('size', (value) => parseSize(value, name));

export const integer = (min: number, max: number) =>
  v.pipe(
    v.union(
      [v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))],
      `expected a whole number from ${min} to ${max}`,
    ),
    v.check(
      (value) => Number.isSafeInteger(value) && value >= min && value <= max,
      `expected a whole number from ${min} to ${max}`,
    ),
    v.metadata({ type: `${min} to ${max}` }),
  );

export const boolean = () =>
  v.pipe(
    v.union(
      [
        v.boolean(),
        v.pipe(
          v.string(),
          v.regex(/^(true|false)$/i),
          v.transform((value) => value.toLowerCase() === 'true'),
        ),
      ],
      'expected true or false',
    ),
    v.metadata({ type: '`true` or `false`' }),
  );

/** The same field with what it is for, which the reference repeats. */
export const meaning = <S extends v.GenericSchema>(text: string, field: S) => v.pipe(field, v.description(text));

/** Whether a field holds a secret. */
export function isSecret(field: v.GenericSchema): boolean {
  if ('wrapped' in field) return isSecret(field.wrapped as v.GenericSchema);
  if ('options' in field && field.type === 'union') return (field.options as v.GenericSchema[]).some(isSecret);
  return 'secret' in v.getMetadata(field);
}
