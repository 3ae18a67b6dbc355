/** What a server, or somebody in its place, may send as an error: ours come out, without a word of theirs. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { classifyError } from '../../../src/classify/index.ts';
import { classifyPostgresError } from '../../../src/connectors/postgres/errors.ts';
import { ERROR_CODES } from '../../../src/error-codes.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const CANARY = 'canary7row';
/** The canary in the place of a column's name. */
const NAMED = /^COPY [^\n]*?\d+, \S+ [^:]*canary7row/;

const state = fc.oneof(
  fc.constantFrom(
    '23505',
    '22P02',
    '22P04',
    '57P01',
    '40001',
    '25006',
    'ECONNRESET',
    'EPIPE',
    'EPROTO',
    'ERR_SSL_X',
    'CERT_X',
    '__proto__',
    'constructor',
  ),
  fc.string({ maxLength: 6 }),
);
const words = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'COPY t, line 1',
        ', column ',
        ': "',
        CANARY,
        '\n',
        'COPY ',
        'line 999999999999999999',
        '\0',
        ' ',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));
const field = fc.oneof(words, fc.constant(undefined), fc.integer(), fc.constant(null), fc.constant({ a: CANARY }));

export const postgresErrors: OpenTarget = () =>
  target({
    input: fc.record({
      fields: fc.record({
        code: fc.oneof(state, field),
        message: words,
        detail: field,
        where: field,
        hint: field,
        file: field,
        line: field,
      }),
      table: fc.constantFrom('t', undefined, 'COPY t', ''),
      times: fc.constantFrom(1, 1, 1, 3_000),
      plain: fc.boolean(),
    }),
    check({ fields, table, times, plain }) {
      const { where } = fields;
      const long = { ...fields, where: typeof where === 'string' ? where.repeat(times) : where };
      const given: unknown = plain ? long : Object.assign(new Error(fields.message), long);
      // A code is a word that a driver gives, not a server.
      const ofDriver = typeof fields.code === 'string' && fields.code.includes(CANARY);
      const isState = typeof fields.code === 'string' && /^(?!E[A-Z]{4})[0-9A-Z]{5}$/.test(fields.code);
      const caught = classifyError(
        new Error('it failed', { cause: Object.assign(given as object, { severity: 'ERROR' }) }),
      );
      for (const error of [classifyPostgresError(given, table), caught]) {
        must(error instanceof ConnectorError && Object.hasOwn(ERROR_CODES, error.code), 'no error of ours');
        const told = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
        // Where a column stands, a name is told: data come behind it.
        const isName = error.column?.includes(CANARY) === true && typeof where === 'string' && NAMED.test(where);
        must(ofDriver || !isState || isName || !told.includes(CANARY), 'an error of the server tells row data');
        must(error.line === undefined || Number.isFinite(error.line), `a line of ${String(error.line)}`);
      }
    },
  });
