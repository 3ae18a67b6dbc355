/** Rows of a query: how they are read off the wire, held within bounds, and made of their text. */
import { guardsIn } from '../../guard.ts';

const ROWS = 'test/connectors/postgres/rows';

const reader = guardsIn(
  'src/connectors/postgres/rows/row-reader.ts',
  [`${ROWS}/row-reader.test.ts`],
  [
    {
      name: 'pg-rows-in-pieces',
      promise: 'a row is whole, however the wire cuts it',
      faults: ['D3'],
      find: 'if (at < wire.length) this.#hold(wire.subarray(at));',
      replace: 'if (at + HEADER_BYTES < wire.length) this.#hold(wire.subarray(at));',
      grep: 'gives every row in order',
    },
    {
      name: 'pg-rows-refuse-no-message',
      promise: 'a stream of bytes that is no protocol ends the reading',
      faults: ['D9'],
      find: 'if (end < start) throw',
      replace: 'if (end < at) throw',
      grep: 'refuses what is no message',
    },
  ],
);

const portal = guardsIn(
  'src/connectors/postgres/rows/portal.ts',
  [`${ROWS}/portal.test.ts`],
  [
    {
      name: 'pg-rows-held-back',
      promise: 'the server is held back while nobody takes its rows',
      faults: ['R4'],
      find: 'if (this.#queue.isFull) this.tap?.pause();',
      replace: '',
      grep: 'holds the server back',
    },
    {
      name: 'pg-rows-batch-by-batch',
      promise: 'of rows that are held or on their way there are two batches at most',
      faults: ['R4'],
      file: 'src/connectors/postgres/rows/row-queue.ts',
      find: ' || this.isFull || !isDue) return',
      replace: ' || this.isFull) return',
      grep: 'for no third one',
    },
    {
      name: 'pg-rows-given-are-held',
      promise: 'rows that were given are held until more are wanted',
      faults: ['R4'],
      file: 'src/connectors/postgres/rows/row-queue.ts',
      find: 'this.#given + this.#rows',
      replace: 'this.#rows',
      grep: 'for no third one',
    },
    {
      name: 'pg-rows-none-ahead-of-the-first',
      promise: 'no batch is asked for ahead of the first one, which may be all that there is',
      faults: [],
      file: 'src/connectors/postgres/rows/row-queue.ts',
      find: '!this.#isResumable || ',
      replace: '',
      grep: 'ahead of the first one',
    },
    {
      name: 'pg-rows-synced-once',
      promise: 'a query that was asked for rows beyond its end is ended once, and its client knows where it is',
      faults: ['P13'],
      find: 'if (!this.#isSynced) ',
      replace: '',
      grep: 'ends its query once',
    },
    {
      name: 'pg-rows-batch-by-bytes',
      promise: 'no batch is asked for while too many bytes of the last one are left',
      faults: ['R4'],
      file: 'src/connectors/postgres/rows/row-queue.ts',
      find: ' || this.isFull || !isDue',
      replace: ' || !isDue',
      grep: 'asks for no batch while',
    },
    {
      name: 'pg-rows-left-between-batches',
      promise: 'a portal that is left between two batches is ended, and its client stays good',
      faults: ['P3', 'P13'],
      find: 'if (this.isIdle) this.#sync();',
      replace: '',
      grep: 'left between two batches',
    },
    {
      name: 'pg-rows-left-within-a-batch',
      promise: 'a portal that is left within a batch is ended behind it, and its client stays good',
      faults: ['P3', 'P13'],
      find: 'if (this.isDropped && this.isIdle) this.#sync();',
      replace: '',
      grep: 'left within a batch',
    },
    {
      name: 'pg-rows-left-with-one-ahead',
      promise: 'a portal that is left while two batches are under way is ended behind both',
      faults: ['P3', 'P13'],
      find: 'if (this.isDropped && this.isIdle) this',
      replace: 'if (this.isDropped) this',
      grep: 'behind the second one',
    },
    {
      name: 'pg-rows-drain-bounded',
      promise: 'no more than 16 MiB are read and dropped before the socket is cut',
      faults: ['P3'],
      find: 'if (this.drops(bytes)) return;',
      replace: 'if (this.isDropped) return;',
      grep: 'cut when more than it may',
    },
    {
      name: 'pg-rows-no-copy',
      promise: 'a COPY is refused, and not taken for a query of no rows',
      faults: [],
      find: '  handleCopyData(): void {\n    this.#fail(copyRefused());',
      replace: '  handleCopyData(): void {\n    void copyRefused;',
      tests: ['test/connectors/postgres/query-rows.test.ts'],
      grep: '18.*and COPY',
    },
    {
      name: 'pg-rows-error-syncs',
      promise: 'a query that fails leaves its client at ReadyForQuery',
      faults: ['P1'],
      find: 'up to here.\n    this.#sync();\n',
      replace: 'up to here.\n',
      tests: ['test/connectors/postgres/query-rows.test.ts'],
      grep: '18.*whose query failed',
    },
    {
      name: 'pg-rows-left-while-described',
      promise: 'a query that is left while its columns are asked for is ended, and asked for no rows',
      faults: ['P3', 'P13'],
      find: 'if (this.isDropped) this.#sync();\n    else this.#execute(bound);',
      replace: 'this.#execute(bound);',
      grep: 'while its columns are asked for',
    },
    {
      name: 'pg-rows-dates-of-the-iso-style',
      promise: 'dates of another style are what node-postgres makes of their texts',
      faults: ['D11'],
      file: 'src/connectors/postgres/query-rows.ts',
      find: "backend?.dateStyle.startsWith('ISO') === true",
      replace: 'backend !== undefined',
      tests: [`${ROWS}/types.test.ts`],
      grep: '18.*read in America/St_Johns',
    },
  ],
);

const values = guardsIn(
  'src/connectors/postgres/rows/text-values.ts',
  ['test/connectors/postgres/rows/text-values.test.ts'],
  [
    {
      name: 'pg-values-exact',
      promise: 'a number of more digits than a double holds is read as its text',
      faults: ['D11'],
      find: 'end - from > EXACT_DIGITS || first',
      replace: 'end - from > 2 * EXACT_DIGITS || first',
      grep: 'to the last bit',
    },
  ],
);

const raw = guardsIn(
  'src/connectors/postgres/rows/raw-row.ts',
  ['test/connectors/postgres/rows/text-values.test.ts'],
  [
    {
      name: 'pg-values-no-ascii',
      promise: 'a text that is not ASCII is decoded',
      faults: ['D11'],
      find: 'return all < 0x80 ?',
      replace: 'return all < 0x100 ?',
      grep: 'are its texts',
    },
  ],
);

const dates = guardsIn(
  'src/connectors/postgres/rows/date-values.ts',
  ['test/connectors/postgres/rows/text-values.test.ts'],
  [
    {
      name: 'pg-values-era',
      promise: 'an offset in another form is left to the parser, as is an era',
      faults: ['D11'],
      find: '    if (bytes[at] !== COLON) return undefined;\n',
      replace: '',
      grep: 'are its dates',
    },
    {
      name: 'pg-values-other-styles',
      promise: 'a date in another style is left to the parser that knows it',
      faults: ['D11'],
      find: 'if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return other();',
      replace: '',
      grep: 'are its dates',
    },
    {
      name: 'pg-values-changed-clocks',
      promise: 'a time within an hour in which clocks were changed is what the clock says',
      faults: ['D11'],
      file: 'src/connectors/postgres/rows/local-hours.ts',
      find: 'return last - start === LAST_MS ? start : NaN;',
      replace: 'return last - start > 0 ? start : NaN;',
      tests: ['test/connectors/postgres/rows/local-hours.test.ts'],
      grep: 'Lord_Howe',
    },
    {
      name: 'pg-values-strange-clocks',
      promise: 'an hour of no day is not taken for that of another one',
      faults: ['D11'],
      file: 'src/connectors/postgres/rows/local-hours.ts',
      find: 'if (day > 31 || hour > 23 || ',
      replace: 'if (',
      tests: ['test/connectors/postgres/rows/local-hours.test.ts'],
      grep: 'not mistaken',
    },
    {
      name: 'pg-values-long-fraction',
      promise: 'a fraction of more digits than a double holds is left to the parser',
      faults: ['D11'],
      find: 'at === from || at - from > EXACT_DIGITS',
      replace: 'at === from',
      grep: 'the fraction',
    },
  ],
);

const left = guardsIn(
  'src/connectors/postgres/read-driver.ts',
  ['test/faults/postgres-cancel.test.ts'],
  [
    {
      name: 'pg-rows-left-asks-no-more',
      promise: 'a query that is left asks for no other batch while its cancel request is on its way',
      faults: ['P3', 'P13'],
      find: '    const drained = reading?.drain(MAX_DRAINED_BYTES) ?? Promise.resolve();\n    if (!isIdle) await cancelUntil(drained, lease, signal);\n    await drained;\n',
      replace:
        '    if (!isIdle) await cancelUntil(Promise.resolve(), lease, signal);\n    await reading?.drain(MAX_DRAINED_BYTES);\n',
      grep: '18.*between two batches',
    },
    {
      name: 'pg-rows-cancelled-again',
      promise: 'a query that its cancel request did not meet is cancelled by another one, and keeps its client',
      faults: ['P3', 'P13'],
      file: 'src/connectors/postgres/cancel.ts',
      find: 'while (!lease.isDestroyed && !(await isOverWithin(over, (pauseMs *= 2))));',
      replace: 'while (!lease.isDestroyed && !(await isOverWithin(over, (pauseMs *= 200))));',
      grep: '18.*meets nothing',
    },
  ],
);

const streamed = guardsIn(
  'src/connectors/postgres/rows/streamed-rows.ts',
  ['test/connectors/postgres/query-rows.test.ts'],
  [
    {
      name: 'pg-rows-streamed-package',
      promise: 'where pg-query-stream is needed and missing, the error says how to install it',
      faults: [],
      find: "importPackage(() => import('pg-query-stream'), ['pg-query-stream'])",
      replace: "import('pg-query-stream')",
      tests: ['test/connectors/postgres/rows/streamed-rows.test.ts'],
    },
    {
      name: 'pg-rows-streamed-left',
      promise: 'a query over a foreign wire that is left leaves its client good',
      faults: ['P3'],
      find: 'if (this.#isSuspended) this.#close();',
      replace: '',
      grep: 'not read here on PostgreSQL 18.*leaves early',
    },
    {
      name: 'pg-rows-streamed-first-batch',
      promise: 'a query over a foreign wire that is left within its first batch is ended once, behind it',
      faults: ['P3', 'P13'],
      find: '    this.#isSuspended = false;\n    const rows',
      replace: '    this.#isSuspended = true;\n    const rows',
      tests: ['test/faults/postgres-cancel.test.ts'],
      grep: '18.*within the first batch',
    },
    {
      name: 'pg-rows-streamed-refusal',
      promise: 'a parser that refuses a value over a foreign wire ends the query and not the process',
      faults: ['D7'],
      find: 'this.#failure = valueRefused(error, undefined);',
      replace: 'throw error;',
      grep: 'not read here on PostgreSQL 18.*and not the value',
    },
    {
      name: 'pg-rows-foreign-wire',
      promise: 'a wire that cannot be held back is not read here',
      faults: [],
      file: 'src/connectors/postgres/connection/wire-tap.ts',
      find: "methods.every((name) => typeof stream[name] === 'function') && ",
      replace: "methods.some((name) => typeof stream[name] === 'function') && ",
      grep: 'not read here on PostgreSQL 18.*takes rows larger',
    },
  ],
);

const builder = guardsIn(
  'src/connectors/postgres/rows/row-builder.ts',
  [`${ROWS}/row-builder.test.ts`],
  [
    {
      name: 'pg-rows-within-their-message',
      promise: 'a value that is longer than its row is not read',
      faults: ['D9'],
      find: '  if (at > end) throw unreadable();\n  row.column',
      replace: '  if (at > bytes.length) throw unreadable();\n  row.column',
      grep: 'longer than its row .rowBuilder',
    },
    {
      name: 'pg-rows-no-prototype',
      file: 'src/connectors/postgres/rows/row-shape.ts',
      promise: 'a column is a property of its row, whatever its name',
      faults: ['D4'],
      find: "name === '__proto__' ? '[\"__proto__\"]' : JSON",
      replace: "name === '__proto__' ? '\"__proto__\"' : JSON",
      grep: 'whatever they are',
    },
    {
      name: 'pg-rows-parser-not-quoted',
      file: 'src/connectors/postgres/statements/query-refusals.ts',
      promise: 'what a parser says of the value that it refuses is told nowhere',
      faults: ['D7'],
      find: "cause: safeCause(error, { message: 'a value was refused' })",
      replace: 'cause: error',
      tests: ['test/connectors/postgres/query-rows.test.ts'],
      grep: '18.*and not the value',
    },
    {
      name: 'pg-rows-without-code',
      file: 'src/connectors/postgres/rows/row-shape.ts',
      promise: 'rows are made where code from strings is forbidden',
      faults: [],
      find: 'if (!(error instanceof EvalError)) throw error;',
      replace: 'throw error;',
      grep: 'forbids code from strings',
    },
  ],
);

const errors = guardsIn(
  'src/connectors/postgres/errors.ts',
  ['test/connectors/postgres/query-rows.test.ts'],
  [
    {
      name: 'pg-rows-parameters-counted',
      promise: 'a wrong number of parameters is the fault of the query, and not of the connection',
      faults: [],
      find: "refusesParameters(error) ? ruleOf('42P02') : ruleOf(sqlState)",
      replace: 'refusesParameters(undefined) ? ruleOf(sqlState) : ruleOf(sqlState)',
      grep: '18.*how many parameters',
    },
  ],
);

const shown = guardsIn(
  'src/core/source.ts',
  ['test/connectors/postgres/query-rows.test.ts'],
  [
    {
      name: 'pg-rows-not-shown',
      promise: 'a source that is printed shows none of the rows that wait in it',
      faults: ['D7'],
      find: '...(objectMode ? { [inspect.custom]: { value: shown }, toJSON',
      replace: '...(objectMode ? { [inspect.custom]: { value: shown }, toJSON_',
      grep: '18.*shows none of the rows',
    },
  ],
);

export const rowGuards = [
  ...reader,
  ...portal,
  ...values,
  ...raw,
  ...dates,
  ...left,
  ...streamed,
  ...builder,
  ...errors,
  ...shown,
];
