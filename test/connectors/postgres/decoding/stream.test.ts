import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import pg from 'pg';
import { decodeCopy } from '../../../../src/connectors/postgres/decode-copy.ts';
import { ConnectorError } from '../../../../src/errors.ts';
import { binaryRows } from './binary-rows.ts';
import { decode } from './decoding.ts';

const CANARY = 'very-secret';

describe('a stream of rows of COPY', () => {
  it('shows none of the rows that wait in it', async () => {
    const stream = decodeCopy({ columns: ['a'], format: 'text' });
    stream.write(`${CANARY}\n`.repeat(1_000));
    await turn();
    assert.ok(stream.readableLength > 0);
    assert.ok(!inspect(stream, { depth: 10, showHidden: true }).includes(CANARY));
    assert.ok(!JSON.stringify(stream).includes(CANARY));
  });

  it('makes few rows of a large chunk before they are read', async () => {
    const stream = decodeCopy({ columns: ['a'], format: 'text' });
    stream.write('a row\n'.repeat(10_000));
    await turn();
    assert.ok(stream.readableLength < 200, `${stream.readableLength} rows`);
    stream.end();
    assert.equal((await stream.toArray()).length, 10_000);
  });

  it('that is left early takes no more, is closed, and fails nobody', async () => {
    const stream = decodeCopy({ columns: ['a'], format: 'text' });
    stream.write('1\n2\n'.repeat(1_000));
    for await (const row of stream) {
      assert.deepEqual(row, { a: '1' });
      break;
    }
    assert.ok(stream.closed);
    assert.equal(stream.errored, null);
  });

  it('gives the rows before the one that is wrong, and throws once', async () => {
    const stream = decodeCopy({ columns: ['a'], format: 'text' });
    const rows = stream[Symbol.asyncIterator]() as AsyncIterator<unknown>;
    const asked = [rows.next(), rows.next(), rows.next()];
    stream.write('1\n');
    await asked[0];
    stream.end('2\t3\n');
    const [first, second, third] = await Promise.allSettled(asked);
    assert.deepEqual(first, { status: 'fulfilled', value: { done: false, value: { a: '1' } } });
    assert.ok(second?.status === 'rejected' && second.reason instanceof ConnectorError);
    assert.deepEqual(third, { status: 'fulfilled', value: { done: true, value: undefined } });
  });

  for (const format of ['text', 'csv', 'binary'] as const) {
    it(`in ${format} ends in an error that names the column, and not the value, when a parser refuses it`, async () => {
      const types = {
        getTypeParser: () => (text: string) => {
          throw new Error(`no ${text}`);
        },
      };
      const stream = decodeCopy({ columns: [{ name: 'kind', type: 'text' }], format, types });
      stream.end(format === 'binary' ? binaryRows([CANARY]) : `${CANARY}\n`);
      const [error] = (await once(stream.resume(), 'error')) as unknown[];
      assert.ok(error instanceof ConnectorError);
      assert.deepEqual([error.code, error.column, error.line, error.stage], ['BAD_ROW', 'kind', 1, 'transfer']);
      assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes(CANARY));
    });
  }

  const odd: [type: string, oid: number, texts: string[]][] = [
    ['int4', 23, ['', ' 12', '+5', '1e3', '12abc', '-', '99999999999999999999']],
    ['float8', 701, ['', '-', '.', '.5', '1.', '1e5', ' 1', 'NaN', '-Infinity', '1.2.3']],
    ['bool', 16, ['TRUE', 'true', 'tomato', 'yes', '', '1', 'false']],
    [
      'timestamptz',
      1184,
      ['', '2026-1-020', '2026-11-20 1a:00:00', '2026-11-20 10:00:00+0:', '2026-11-20 10:00:00.5-05:30', 'x'],
    ],
  ];
  for (const [type, oid, texts] of odd) {
    it(`gives what node-postgres makes of texts that are no ${type} of the server`, () => {
      const parse = (pg.types.getTypeParser as (oid: number) => (text: string) => unknown)(oid);
      const { rows } = decode(
        { columns: [{ name: 'a', type }], format: 'csv', null: 'nil' },
        texts.map((text) => `${text}\n`).join(''),
      );
      assert.deepEqual(
        rows,
        texts.map((text) => ({ a: parse(text) })),
      );
    });
  }

  it('has the last of two columns of one name, or both of them in arrays', () => {
    const options = { columns: ['a', 'b', 'a'] } as const;
    assert.deepEqual(decode(options, '1,2,3\n').rows, [{ a: '3', b: '2' }]);
    assert.deepEqual(decode({ ...options, rowMode: 'array' }, '1,2,3\n').rows, [['1', '2', '3']]);
  });
});

describe('options of decodeCopy', () => {
  const columns = ['a'];
  const wrong: [what: string, options: object][] = [
    ['no columns', { columns: [] }],
    ['a column without a name', { columns: [''] }],
    ['an unknown type', { columns: [{ name: 'a', type: 'constructor' }] }],
    ['an impossible identifier', { columns: [{ name: 'a', type: -1 }] }],
    ['an unknown format', { columns, format: 'xml' }],
    ['an unknown rowMode', { columns, rowMode: 'map' }],
    ['a bound of nothing', { columns, maxRecordBytes: 0 }],
    ['a delimiter that is the quote', { columns, delimiter: '"' }],
    ['a delimiter that text format cannot have', { columns, format: 'text', delimiter: 'n' }],
    ['a NULL with the delimiter', { columns, null: 'a,b' }],
    ['a NULL with the quote', { columns, null: '""' }],
    ['a quote in text format', { columns, format: 'text', quote: '"' }],
    ['a header in binary format', { columns, format: 'binary', header: true }],
  ];
  for (const [what, options] of wrong) {
    it(`are refused at once for ${what}`, () => {
      const make = (): unknown => decodeCopy(options as Parameters<typeof decodeCopy>[0]);
      assert.throws(make, { name: 'ConfigError', code: 'CONFIG_INVALID' });
    });
  }
});
