/** What an ADLS sink takes beside what every stream does, as it is checked at the boundary. */
import * as v from 'valibot';
import { windowShape } from '../../config/call-shape.ts';
import { boolean, duration, size, text } from '../../config/schema.ts';
import { partLimits, texts } from '../../config/transfer-shapes.ts';
import { streamShape } from './options.ts';

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
  limits: v.optional(partLimits),
});
