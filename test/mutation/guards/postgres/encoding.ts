/** Rows that are written: what is refused, where, and what is held meanwhile. */
import { guardsIn } from '../../guard.ts';

const ENCODING = 'src/connectors/postgres/encoding';
const TESTS = 'test/connectors/postgres';

const encoder = guardsIn(
  `${ENCODING}/row-encoder.ts`,
  [`${TESTS}/copy-rows.test.ts`],
  [
    {
      name: 'pg-write-extra-keys',
      promise: 'no key of a row is dropped in silence',
      faults: ['P4'],
      find: 'if (this.#known?.has(key) === true) continue;',
      replace: 'if (key !== undefined) continue;',
      grep: '18.*a later key',
    },
    {
      name: 'pg-write-array-length',
      promise: 'an array of too few values is not padded with NULL',
      faults: ['P4'],
      find: 'if (isArray && row.length !== names.length) {',
      replace: 'if (isArray && row.length > names.length) {',
      grep: '18.*an array of another length',
    },
    {
      name: 'pg-write-own-code-not-quoted',
      promise: "what a value's own code throws is told nowhere",
      faults: ['D7'],
      find: "safeCause(error, { message: 'a value could not be read' })",
      replace: 'error',
      grep: '18.*a value whose code fails',
    },
    {
      name: 'pg-write-own-keys-not-quoted',
      promise: 'what the keys of a row throw is told nowhere',
      faults: ['D7'],
      tests: ['test/faults/canary/copy-formats.test.ts'],
      find: `      if (!isArray && this.#known !== undefined) this.#checkKeys(row, absent);
    } catch (error) {
      throw this.#refused(error, names[index]);
    }
`,
      replace: `    } catch (error) {
      throw this.#refused(error, names[index]);
    }
    if (!isArray && this.#known !== undefined) this.#checkKeys(row, absent);
`,
      grep: 'keys that fail',
    },
  ],
);

const texts = guardsIn(
  `${ENCODING}/misfit.ts`,
  [`${TESTS}/copy-rows.test.ts`],
  [
    {
      name: 'pg-write-no-nul',
      promise: 'a NUL is refused with its row and column',
      faults: ['D3'],
      find: "if (text.includes('\\0')) throw",
      replace: "if (text === '\\0') throw",
      grep: '18.*a NUL',
    },
    {
      name: 'pg-write-no-half-pairs',
      promise: 'half of a surrogate pair is refused, and never replaced',
      faults: ['D3'],
      find: 'if (!text.isWellFormed()) throw',
      replace: "if (text === '\\ud800') throw",
      grep: '18.*half of a surrogate pair',
    },
  ],
);

const cells = guardsIn(
  `${ENCODING}/text-cells.ts`,
  [`${TESTS}/encoding/types.test.ts`, `${TESTS}/encoding/random-rows.test.ts`],
  [
    {
      name: 'pg-write-csv-empty-is-not-null',
      promise: 'an empty text of CSV is no NULL',
      faults: ['D3'],
      find: "const isMeant = text !== nullText && text !== '\\\\.' && text !== '';",
      replace: "const isMeant = text !== '\\\\.';",
      grep: '18.*of text from its texts as csv',
    },
  ],
);

const escapes = guardsIn(
  `${ENCODING}/text-cells.ts`,
  [`${TESTS}/encoding/round-trip.test.ts`],
  [
    {
      name: 'pg-write-text-is-not-null',
      promise: 'a text that is what stands for NULL is no NULL',
      faults: ['D3'],
      find: "if (text === nullText && !text.includes('\\\\')) {",
      replace: "if (text === nullText && text === '') {",
      grep: 'are what they were',
    },
    {
      name: 'pg-write-text-delimiter',
      promise: 'a delimiter within a text ends no field',
      faults: ['D3'],
      find: 'new Set([...Object.keys(ESCAPES), delimiter])',
      replace: 'new Set(Object.keys(ESCAPES))',
      grep: 'are what they were',
    },
  ],
);

const binary = guardsIn(
  `${ENCODING}/row-format.ts`,
  [`${TESTS}/encoding/types.test.ts`],
  [
    {
      name: 'pg-write-binary-known-types',
      promise: 'a type that the binary format cannot be written for is refused before any row',
      faults: [],
      find: 'if (writers.length < columns.length) throw unwritable(columns);',
      replace: 'void unwritable;',
      grep: '18.*is refused as binary',
    },
  ],
);

const dates = guardsIn(
  `${ENCODING}/binary-dates.ts`,
  [`${TESTS}/encoding/binary-values.test.ts`],
  [
    {
      name: 'pg-write-binary-zone',
      promise: 'a moment without a time zone is not taken for one in UTC',
      faults: ['D11'],
      find: "if (offsetSeconds === undefined) throw misfit('names no time zone, which the binary format needs');\n      return offsetSeconds;",
      replace: 'return offsetSeconds ?? 0;',
      grep: 'timestamptz',
    },
    {
      name: 'pg-write-binary-days',
      promise: 'a date that does not exist is not taken for the next one',
      faults: ['D11'],
      find: 'if (inCycle.getUTCMonth() !== month - 1 || inCycle.getUTCDate() !== day)',
      replace: 'if (month > 12 || day > 31)',
      grep: 'of date',
    },
  ],
);

const driver = guardsIn(
  'src/connectors/postgres/copy-rows-driver.ts',
  [`${TESTS}/copy-rows.test.ts`],
  [
    {
      name: 'pg-write-rows-counted',
      promise: "the server's line is told as the row that it is",
      faults: ['P4', 'P5'],
      find: "classifyPostgresError(error, this.#spec.options.table, 'row')",
      replace: 'classifyPostgresError(error, this.#spec.options.table)',
      grep: '18.*names the row and the column',
    },
    {
      name: 'pg-write-held-back',
      promise: 'no more is encoded while the server takes nothing',
      faults: ['P2'],
      find: 'if (encoder.isFull && this.#isBusy()) return this.#continue(rows.slice(index + 1));',
      replace: 'if (encoder.isFull) this.#send();',
      tests: ['test/conformance/sink/sink.test.ts'],
      grep: 'pgCopyRows of text to PostgreSQL 18.*takes no more than it may hold',
    },
  ],
);

const columns = guardsIn(
  'src/connectors/postgres/copy/loaded-columns.ts',
  [`${TESTS}/copy-rows.test.ts`],
  [
    {
      name: 'pg-write-unknown-columns',
      promise: 'a name that is no column is named before anything is sent',
      faults: ['P4'],
      find: "if (unknown.length > 0 && (columns !== undefined || extraKeys === 'error')) {",
      replace: 'if (unknown.length > names.length) {',
      grep: '18.*that is no column',
    },
  ],
);

const stream = guardsIn(
  'src/connectors/postgres/encode-copy.ts',
  ['test/faults/cpu-bound.test.ts'],
  [
    {
      name: 'pg-encode-turns',
      promise: 'a signal is heard while rows are encoded that come without a pause',
      faults: ['A4'],
      find: 'if (turn.isOver) turn.next(done);',
      replace: 'if (turn.isOver && columns.length === 0) turn.next(done);',
      grep: 'while they are encoded',
    },
    {
      name: 'pg-encode-not-shown',
      promise: 'an encoder that is printed shows none of the rows that wait in it',
      faults: ['D7'],
      tests: ['test/connectors/postgres/encoding/random-rows.test.ts'],
      find: '{ [inspect.custom]: { value: shown }, toJSON: { value: shown } }',
      replace: '{}',
      grep: 'shows none',
    },
  ],
);

const catalogue = guardsIn(
  'src/connectors/postgres/copy/table-columns.ts',
  ['test/faults/postgres-rows-altered.test.ts'],
  [
    {
      name: 'pg-write-columns-locked',
      promise: 'the columns of a table that rows are encoded for are those that COPY finds',
      faults: ['D11'],
      find: 'lease.query(`${lock}; ${columns}; ',
      replace: 'lease.query(`SELECT; ${columns}; ',
      grep: '18.*whoever alters waits',
    },
    {
      name: 'pg-write-columns-current',
      promise: 'no row is written in the types that a table had at an older snapshot',
      faults: ['P12', 'D11'],
      find: "if (kept?.rows[0]?.['isolation'] !== 'read committed') ",
      replace: 'if (kept === undefined) ',
      grep: '18.*types of an older snapshot',
    },
    {
      name: 'pg-write-columns-unaltered',
      promise: 'a table that was not altered is loaded in every snapshot',
      faults: [],
      file: 'src/connectors/postgres/copy/current-columns.ts',
      find: 'type.oid]',
      replace: 'type.domain ?? type.oid]',
      grep: '18.*whatever its columns',
    },
  ],
);

const shown = guardsIn(
  'src/core/sink.ts',
  [`${TESTS}/copy-rows.test.ts`],
  [
    {
      name: 'pg-write-not-shown',
      promise: 'a sink that is printed shows none of the rows that wait in it',
      faults: ['D7'],
      find: '...(objectMode ? { [inspect.custom]: { value: shown }, toJSON',
      replace: '...(objectMode ? { toJSON',
      grep: '18.*shows none of the rows',
    },
  ],
);

export const encodingGuards = [
  ...encoder,
  ...texts,
  ...cells,
  ...escapes,
  ...binary,
  ...dates,
  ...driver,
  ...columns,
  ...stream,
  ...catalogue,
  ...shown,
];
