/** The field types of every connector's schema: coercion by the field's type, never by the look of the value. */
import { z } from 'zod';
import { parseDuration } from '../core/duration.ts';
import { parseSize } from '../core/size.ts';

/** Marks a field whose value appears in no error, log or printout. */
export const secrets = z.registry<{ secret: true }>();

const parsed = <T>(parse: (value: number | string) => T) =>
  z.union([z.number(), z.string()]).transform((value, context): T => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'malformed' });
      return z.NEVER;
    }
  });

export const text = () => z.string().min(1);
export const secret = () => z.string().register(secrets, { secret: true });
/** Milliseconds, or '250ms', '30s', '5m', '1h'. */
export const duration = (name: string) => parsed((value) => parseDuration(value, name));
/** Bytes, or '64KiB', '8MiB', '1GiB'. */
export const size = (name: string) => parsed((value) => parseSize(value, name));

export const integer = (min: number, max: number) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/, 'expected a whole number').transform(Number)])
    .pipe(z.number().int().min(min).max(max));

export const boolean = () =>
  z.union([
    z.boolean(),
    z
      .string()
      .regex(/^(true|false)$/i, 'expected true or false')
      .transform((value) => value.toLowerCase() === 'true'),
  ]);
