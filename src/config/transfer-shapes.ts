/** The options of streams from and to every object store, beside those that every call takes. */
import * as v from 'valibot';
import { windowShape } from './call-shape.ts';
import { boolean, duration, integer } from './schema.ts';

/** Of what is read. */
export const readShape = {
  ...windowShape,
  verify: v.optional(boolean()),
  idleTimeout: v.optional(duration('idleTimeout')),
  responseTimeout: v.optional(duration('responseTimeout')),
};

/** Of what is read as one. */
export const joinShape = {
  each: v.optional(v.custom<(info: never) => unknown>((value) => typeof value === 'function', 'expected a function')),
  onEmpty: v.optional(v.picklist(['error', 'end']), 'error'),
  join: v.optional(v.literal('raw')),
};

/** Limits of a service, of what is written in parts. */
export const partLimits = v.object({
  minPartSize: integer(0, Number.MAX_SAFE_INTEGER),
  maxPartSize: integer(1, Number.MAX_SAFE_INTEGER),
  maxParts: integer(1, 1_000_000),
  maxObjectSize: integer(1, Number.MAX_SAFE_INTEGER),
});

export const texts = v.custom<Readonly<Record<string, string>>>(isTexts, 'expected texts by their names');

/** A plain object of texts. valibot's own record takes a Map for an empty one, and drops a key such as `constructor`. */
function isTexts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain && Object.values(value).every((text) => typeof text === 'string');
}

/** The two bounds of one request that reads, in milliseconds: the call's, else the profile's. */
export function waits(
  options: { readonly idleTimeout?: number | undefined; readonly responseTimeout?: number | undefined },
  { timeouts }: { readonly timeouts: { readonly read: number } },
): { readonly idleMs: number; readonly responseMs: number } {
  return { idleMs: options.idleTimeout ?? timeouts.read, responseMs: options.responseTimeout ?? timeouts.read };
}
