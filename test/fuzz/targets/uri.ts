/** Object URIs and globs: nothing is decoded, everything comes back, and no pattern takes long. */
import fc from 'fast-check';
import { escapeGlob, globMatcher, globPrefix, isGlob } from '../../../src/core/glob.ts';
import { formatObjectUri, parseObjectUri } from '../../../src/core/uri.ts';
import { attempt, must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ maxLength: 30, unit: 'binary' }),
  fc
    .array(fc.constantFrom('a', '\ud83d', '\ude00', '/', '%', ' ', '..'), { maxLength: 8 })
    .map((pieces) => pieces.join('')),
);

export const uri: OpenTarget = () =>
  target({
    input: fc.record({ bucket: text, key: text, other: text, whole: text }),
    check({ bucket, key, other, whole }) {
      const made = attempt(['CONFIG_INVALID'], () => formatObjectUri({ scheme: 's3', bucket, key }));
      const another = attempt(['CONFIG_INVALID'], () => formatObjectUri({ scheme: 's3', bucket, key: other }));
      if ('value' in made) {
        const parsed = parseObjectUri(made.value, ['s3']);
        must(parsed.bucket === bucket && parsed.key === key, 'another bucket or key came back');
        must(Buffer.from(made.value).toString() === made.value, 'a URI has no UTF-8 form');
        must(!('value' in another) || (another.value === made.value) === (key === other), 'two keys have one URI');
      }
      const parsed = attempt(['CONFIG_INVALID'], () => parseObjectUri(`s3://${whole}`, ['s3', 'abfss']));
      if ('value' in parsed) must(`s3://${whole}`.startsWith(`s3://${parsed.value.bucket}`), 'a bucket was changed');
    },
  });

const magic = fc.constantFrom(
  '*',
  '**',
  '?',
  '/',
  '[',
  ']',
  '[a-b]',
  '[!a]',
  '{',
  '}',
  ',',
  '\\',
  'a',
  'b',
  '.',
  '-',
  '^',
  '!',
  '*a',
  '{a,b}',
  '😀',
  '{😀,😁}',
);
const pattern = fc.oneof(
  fc.array(fc.oneof(magic, fc.string({ maxLength: 2 })), { maxLength: 14 }).map((pieces) => pieces.join('')),
  // What slow matchers die of: many stars, and a key that almost matches.
  fc
    .tuple(fc.constantFrom('*a', '**/', '*', '?*', '*{a,b}', '[a-c]*', '{a,b}'), fc.nat(30))
    .map(([piece, times]) => `${piece.repeat(times)}b`),
);
const key = fc.oneof(
  fc
    .array(fc.constantFrom('a', 'b', '/', '.', '-', 'é', '\n', '*'), { maxLength: 30 })
    .map((pieces) => pieces.join('')),
  fc.constantFrom('a'.repeat(1_024), 'a/'.repeat(512), 'ab'.repeat(512)),
);

export const glob: OpenTarget = () =>
  target({
    input: fc.record({ pattern, key }),
    check({ pattern: given, key: tried }) {
      const matcher = attempt(['CONFIG_INVALID'], () => globMatcher(given));
      if (!('value' in matcher)) return;
      const matches = matcher.value(tried);
      if (matches) must(tried.startsWith(globPrefix(given)), 'a key matches that the listing would not show');
      must(globPrefix(given).isWellFormed() || !given.isWellFormed(), 'a prefix holds half of a character');
      if (!isGlob(given)) must(matches === (tried === globPrefix(given)), 'a plain key is not itself');
      must(globMatcher(escapeGlob(tried))(tried), 'an escaped key does not match itself');
      must(!isGlob(escapeGlob(tried)), 'an escaped key is a glob');
    },
  });
