/** What an ADLS sink takes beside what every stream does, as it is checked at the boundary. */
import * as v from 'valibot';
import { windowShape } from '../../config/call-shape.ts';
import { boolean, duration, integer, size, text } from '../../config/schema.ts';
import { streamShape } from './options.ts';

const texts = v.custom<Readonly<Record<string, string>>>(isTexts, 'expected texts by their names');

export const fileSinkSchema = v.object({
  ...streamShape,
  ...windowShape,
  container: text(),
  path: text(),
  overwrite: v.optional(boolean(), true),
  ifMatch: v.optional(text()),
  contentType: v.optional(text()),
  contentEncoding: v.optional(text()),
  metadata: v.optional(texts),
  expectedBytes: v.optional(size('expectedBytes')),
  checksum: v.optional(v.union([v.literal('md5'), v.literal(false)]), false),
  commitTimeout: v.optional(duration('commitTimeout')),
  limits: v.optional(
    v.object({
      minPartSize: integer(0, Number.MAX_SAFE_INTEGER),
      maxPartSize: integer(1, Number.MAX_SAFE_INTEGER),
      maxParts: integer(1, 1_000_000),
      maxObjectSize: integer(1, Number.MAX_SAFE_INTEGER),
    }),
  ),
});

/** A plain object of texts. valibot's own record takes a Map for an empty one, and drops a key such as `constructor`. */
function isTexts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain && Object.values(value).every((text) => typeof text === 'string');
}
