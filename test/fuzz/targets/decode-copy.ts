/** decodeCopy: rows or an error of ours, the same for every way to cut the input, and as many as the server would count. */
import fc from 'fast-check';
import type { DecodeCopyOptions } from '../../../src/connectors/postgres/decoding/options.ts';
import { recordCounter } from '../../../src/connectors/postgres/copy/record-counter.ts';
import { binaryRows } from '../../connectors/postgres/decoding/binary-rows.ts';
import { decode } from '../../connectors/postgres/decoding/decoding.ts';
import { must } from '../broken.ts';
import { cuts, damaged } from '../mutation.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';
import { copyBytes, csvDialect } from './csv.ts';

const LIMIT = 400;
const type = fc.constantFrom(
  'text',
  'int4',
  'numeric',
  'float4',
  'timestamptz',
  'interval',
  'inet[]',
  'int8multirange',
  'tsquery',
  'path',
);
const binary = damaged(fc.array(fc.string({ maxLength: 20 }), { maxLength: 8 }).map(binaryRows));

export const decodeCopyTarget: OpenTarget = () =>
  target({
    input: fc.record({ bytes: copyBytes, binary, dialect: csvDialect, type, two: fc.boolean(), cuts }),
    check({ bytes, binary: { bytes: tuples }, dialect, type: name, two, cuts: sizes }) {
      for (const format of ['csv', 'text', 'binary'] as const) {
        const columns = two ? ['before', { name: 'a', type: name }] : [{ name: 'a', type: name }];
        const options: DecodeCopyOptions = {
          columns,
          format,
          maxRecordBytes: LIMIT,
          ...(format === 'csv' ? dialect : {}),
        };
        const input = format === 'binary' ? tuples : bytes;
        const whole = said(() => decode(options, input));
        must(whole.text === said(() => decode(options, input, sizes)).text, `${format} depends on the chunks`);
        if (whole.rows === undefined) continue;
        const counter = recordCounter({ format, ...(format === 'csv' ? dialect : {}) });
        counter.push(input);
        must(counter.records() === whole.rows, `${whole.rows} rows of ${counter.records()} records of ${format}`);
      }
    },
  });

/** What came of it, as text; the number of rows where no error did. */
function said(run: () => ReturnType<typeof decode>): { readonly text: string; readonly rows?: number } {
  const { rows, error } = run();
  const text = JSON.stringify([rows, error]);
  if (error === undefined) return { text, rows: rows.length };
  must(error.code === 'BAD_ROW' || error.code === 'END_OF_DATA_MARKER', `an error that is not ours: ${error.code}`);
  return { text };
}
