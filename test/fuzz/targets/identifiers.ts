/** Quoting: no two names look alike, and none ends its quotes early. */
import fc from 'fast-check';
import pg from 'pg';
import { quoteIdentifier, quoteLiteral, quoteTable } from '../../../src/connectors/postgres/identifiers.ts';
import { attempt, must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const name = fc.oneof(
  fc
    .array(fc.constantFrom('"', "'", '.', '\\', 'a', ';', '--', ' ', '\0', 'é', '\ud800', '""'), { maxLength: 8 })
    .map((each) => each.join('')),
  fc.string({ maxLength: 70, unit: 'binary' }),
);

export const identifiers: OpenTarget = () =>
  target({
    input: fc.record({ one: name, other: name, schema: fc.option(name, { nil: undefined }) }),
    check({ one, other, schema }) {
      const quoted = attempt(['CONFIG_INVALID'], () => quoteIdentifier(one));
      if ('value' in quoted) {
        must(quoted.value === pg.escapeIdentifier(one), 'node-postgres quotes otherwise');
        must(quoted.value.slice(1, -1).replaceAll('""', '') === one.replaceAll('"', ''), 'a quote stands alone');
      }
      const tables = [one, other].map((table) => attempt(['CONFIG_INVALID'], () => quoteTable(table, schema)));
      const [a, b] = tables;
      if (a && b && 'value' in a && 'value' in b)
        must((a.value === b.value) === (one === other), 'two names look alike');
      const literals = [one, other].map((value) => attempt(['CONFIG_INVALID'], () => quoteLiteral(value)));
      const [c, d] = literals;
      if (c && d && 'value' in c && 'value' in d) {
        must((c.value === d.value) === (one === other), 'two literals look alike');
        must(c.value === pg.escapeLiteral(one).trim(), 'node-postgres quotes the literal otherwise');
      }
    },
  });
