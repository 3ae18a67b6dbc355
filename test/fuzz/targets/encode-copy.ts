/** encodeCopy and pgCopyRows: whatever a row holds, an error of ours, or bytes in which the row is one row. */
import fc from 'fast-check';
import { namedType } from '../../../src/connectors/postgres/encoding/named-type.ts';
import { RowEncoder } from '../../../src/connectors/postgres/encoding/row-encoder.ts';
import { binaryFormat, csvFormat, textFormat } from '../../../src/connectors/postgres/encoding/row-format.ts';
import { decode } from '../../connectors/postgres/decoding/decoding.ts';
import { attempt, must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const TYPES = [
  ...['text', 'int4', 'int8', 'numeric', 'float4', 'bool', 'bytea', 'jsonb', 'uuid', 'inet', 'varbit', 'path', 'point'],
  ...['date', 'timestamptz', 'timetz', 'interval', 'int4range', 'nummultirange', 'text[]', 'box[]', 'jsonb[]'],
];
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...Array.from('{}[](),"\\;: -+.0123456789infatyNULL\t\n\r')), maxLength: 20 }),
);
const value = fc.oneof(
  text,
  fc.double(),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 20 }),
  fc.array(text, { maxLength: 4 }),
  fc.anything({
    withBigInt: true,
    withDate: true,
    withTypedArray: true,
    withNullPrototype: true,
    withSparseArray: true,
  }),
);
const rows = fc.array(fc.oneof(fc.tuple(value, value), fc.record({ a: value, b: value }), value), { maxLength: 5 });
const CSV = { delimiter: ',', quote: '"', escape: '"', null: '' };

export const encodeCopyTarget: OpenTarget = () =>
  target({
    input: fc.record({ rows, type: fc.constantFrom(...TYPES), other: fc.constantFrom(...TYPES) }),
    check({ rows: given, type, other }) {
      const typed = [type, other].map((name, index) => ({ name: 'ab'[index] ?? '', type: namedType(name) }));
      const formats = { text: textFormat(typed), csv: csvFormat(typed, CSV), binary: binaryFormat(typed) };
      for (const format of ['text', 'csv', 'binary'] as const) {
        const encoded = attempt(['BAD_ROW'], () => {
          const encoder = new RowEncoder({ columns: typed, format: formats[format] });
          for (const row of given) encoder.push(row);
          return encoder.end();
        });
        if (!('value' in encoded)) continue;
        const types = { getTypeParser: () => String };
        const columns =
          format === 'binary' ? typed.map(({ name, type: { oid } }) => ({ name, type: oid })) : ['a', 'b'];
        const { rows: found, error } = decode({ columns, format, types }, encoded.value);
        must(error === undefined, `what was encoded as ${format} cannot be read`);
        must(found.length === given.length, `${given.length} rows are ${found.length} as ${format}`);
      }
    },
  });
