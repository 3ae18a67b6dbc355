/** Redaction: no secret, no change the second time, and no text that takes long. */
import fc from 'fast-check';
import { redactText, redactUrl } from '../../../src/core/redact.ts';
import { safeCause } from '../../../src/core/safe-cause.ts';
import { inspect } from 'node:util';
import { must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const CANARY = 'canary7secret';

const noise = fc.array(
  fc.oneof(
    fc.constantFrom(
      'password',
      'token=',
      '://',
      '@',
      ':',
      '=',
      '"',
      "'",
      '\\',
      ' ',
      '\n',
      '&',
      '?',
      'Bearer ',
      'x-amz-signature=',
      '***',
      ';',
      '{',
      '}',
      ',',
      '%70',
      '%3D',
      '%25',
      '<token>',
      ',',
    ),
    fc.string({ maxLength: 4 }),
  ),
  { maxLength: 12 },
);
/** Where a secret is known by what stands beside it. */
const secret = fc.constantFrom(
  `postgresql://user:${CANARY}@host/db`,
  `https://host/key?X-Amz-Signature=${CANARY}&x=1`,
  `password=${CANARY} host=h`,
  `password='${CANARY}'`,
  `{"secretAccessKey":"${CANARY}"}`,
  `AccountKey=${CANARY};EndpointSuffix=x`,
  `Authorization: Bearer ${CANARY}${CANARY}`,
  `aws_secret_access_key = ${CANARY}`,
  `https://host/?url=https%3A%2F%2Fh%2Fk%3Fsig%3D${CANARY}`,
  `<SessionToken>${CANARY}</SessionToken>`,
  `["x-amz-security-token","${CANARY}"]`,
  `SharedKey account:${CANARY}`,
);

export const redaction: OpenTarget = () =>
  target({
    input: fc.record({
      before: noise.map((each) => each.join('')),
      secret,
      after: noise.map((each) => each.join('')),
      times: fc.constantFrom(1, 1, 1, 1, 200),
    }),
    check({ before, secret: told, after, times }) {
      // A text of its own line: what is unclosed before it would make the secret a part of something else.
      const text = `${before.repeat(times)}\n${told}\n${after.repeat(times)}`;
      for (const redact of [redactText, redactUrl]) {
        const once = redact(text);
        must(redact(once) === once, 'redacting twice changes something');
      }
      must(!redactText(told).includes(CANARY), 'a secret was left');
      must(!redactText(`${told}\n${after}`).includes(CANARY), 'a secret was left before other text');
      const cause = safeCause(new Error(text, { cause: new Error(told) }));
      must(
        !inspect(cause, { depth: 9, showHidden: true }).includes(CANARY) || redactText(text).includes(CANARY),
        'a cause tells more',
      );
    },
  });
