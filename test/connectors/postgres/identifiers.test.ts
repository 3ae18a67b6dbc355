import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quoteIdentifier, quoteLiteral, quoteTable } from '../../../src/connectors/postgres/identifiers.ts';
import { pgCopyFrom, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { describePostgres } from '../../support/postgres.ts';

const REFUSED: readonly (readonly [name: string, why: RegExp])[] = [
  ['', /is empty/],
  ['a\0b', /NUL/],
  ['é'.repeat(32), /64 bytes/],
  ['x'.repeat(64), /64 bytes/],
  ['a\ud800', /well-formed/],
];

describe('quoteIdentifier', () => {
  it('doubles quotes and keeps everything else', () => {
    assert.equal(quoteIdentifier('a";drop table t;--'), '"a"";drop table t;--"');
    assert.equal(quoteIdentifier('é'.repeat(31)), `"${'é'.repeat(31)}"`);
    assert.equal(quoteTable('t', 's.x'), '"s.x"."t"');
  });

  for (const [name, why] of REFUSED) {
    it(`refuses ${JSON.stringify(name)}, before anything is opened`, () => {
      const expected = { name: 'ConfigError', code: 'CONFIG_INVALID', message: why };
      assert.throws(() => quoteIdentifier(name), expected);
      assert.throws(() => pgCopyFrom({ table: name }), expected);
      assert.throws(() => pgCopyFrom({ table: 't', schema: name }), expected);
      assert.throws(() => pgCopyTo({ table: 't', columns: [name] }), expected);
    });
  }

  it('is injective', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 15 }), fc.string({ minLength: 1, maxLength: 15 }), (a, b) => {
        fc.pre(a !== b && !a.includes('\0') && !b.includes('\0'));
        assert.notEqual(quoteIdentifier(a), quoteIdentifier(b));
      }),
    );
  });
});

describePostgres('quoted text', (context) => {
  it('means itself to the server, whatever it holds', async () => {
    for (const value of ["it's", 'back\\slash', "\\'", '"', '\n', "'; drop table t; --", '\\', 'ü\u{1f600}']) {
      const [row] = await context().sql(`SELECT ${quoteLiteral(value)}::text AS v, 1 AS ${quoteIdentifier(value)}`);
      assert.deepEqual(row, { v: value, [value]: 1 });
    }
  });
});
