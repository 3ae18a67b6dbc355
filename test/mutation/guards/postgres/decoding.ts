/** Rows of COPY: where they end, what they may hold, and what is said of them. */
import { guardsIn } from '../../guard.ts';

const SOURCE = 'src/connectors/postgres/decoding';
const TESTS = 'test/connectors/postgres/decoding';

const lines = guardsIn(
  `${SOURCE}/line-decoder.ts`,
  [`${TESTS}/text.test.ts`],
  [
    {
      name: 'pg-decode-fields-counted',
      promise: 'a row has as many fields as there are columns, or is refused',
      faults: ['D1'],
      find: 'if (fields !== names.length) throw',
      replace: 'if (fields < 0) throw',
      grep: 'too (few|many) fields',
    },
    {
      name: 'pg-decode-record-bounded',
      promise: 'a row of COPY that has no end is refused at a limit',
      faults: ['D2'],
      find: 'if (records.length > maxRecordBytes) {',
      replace: 'if (records.length < 0) {',
      grep: 'stay within their bound',
    },
    {
      name: 'pg-decode-sound',
      promise: 'bytes that are no UTF-8, or NUL, become no text',
      faults: ['D3'],
      find: 'if (isFound && window.offset + records.length > this.#soundTo) {',
      replace: 'if (isFound && window.offset < 0) {',
      grep: 'no UTF-8|for NUL',
    },
    {
      name: 'pg-decode-escapes-sound',
      promise: 'escapes make no text of NUL, nor of what is no UTF-8',
      faults: ['D3'],
      find: '    mustBeSound(stood);\n',
      replace: '',
      grep: 'an escape for',
    },
  ],
);

const records = guardsIn(
  `${SOURCE}/text-records.ts`,
  [`${TESTS}/text.test.ts`],
  [
    {
      name: 'pg-decode-escape-cut',
      promise: 'an end-of-data marker that is cut between two chunks is one',
      faults: ['D3'],
      find: '        if (at + 1 === end && !isLast) break;\n',
      replace: '',
      grep: 'end at the end-of-data marker',
    },
    {
      name: 'pg-decode-behind-marker',
      promise: 'rows behind the end-of-data marker are not dropped in silence',
      faults: ['D1'],
      find: '    if (window.start < end) throw behindMarker();\n',
      replace: '    window.start = end;\n',
      grep: 'behind the end-of-data marker',
    },
    {
      name: 'pg-decode-marker-alone',
      promise: 'an end-of-data marker that is not alone on its line is none',
      faults: ['D1'],
      find: '    if (!isAlone) throw',
      replace: '    if (bytes.length === 0) throw',
      grep: 'marker on a line with more|marker behind something',
    },
    {
      name: 'pg-decode-line-breaks-alike',
      promise: 'a line break other than those before it is a mistake, and no row is made of it',
      faults: ['D1'],
      file: `${SOURCE}/line-ends.ts`,
      find: "throw badRecord('has another line break than the lines before it');",
      replace: 'return 1;',
      grep: 'another line break|CR within|LF where',
    },
    {
      name: 'pg-decode-quote-closed',
      promise: 'a quote that is never closed is no end of a row',
      faults: ['D1', 'D2'],
      file: `${SOURCE}/csv-records.ts`,
      tests: [`${TESTS}/csv.test.ts`],
      find: 'if (isLast && isOpen) throw',
      replace: 'if (bytes.length === -1) throw',
      grep: 'never closed|only doubled',
    },
  ],
);

const binary = guardsIn(
  `${SOURCE}/binary-decoder.ts`,
  [`${TESTS}/binary.test.ts`],
  [
    {
      name: 'pg-decode-trailer',
      promise: 'binary COPY without its trailer is never taken for whole',
      faults: ['R8'],
      find: "if (isLast && this.#place !== 'end') throw",
      replace: "if (isLast && this.#place === 'header') throw",
      grep: 'trailer|ends early|header alone',
    },
    {
      name: 'pg-decode-behind-trailer',
      promise: 'nothing follows the trailer of binary COPY',
      faults: ['R9'],
      find: "if (this.#place === 'end' && window.length > 0) throw",
      replace: "if (this.#place === 'end' && window.length < 0) throw",
      grep: 'behind the trailer',
    },
    {
      name: 'pg-decode-length-bounded',
      promise: 'a length that a row of binary COPY cannot have is refused before its bytes are waited for',
      faults: ['D2'],
      find: 'if (next - start > maxRecordBytes) throw',
      replace: 'if (next < start) throw',
      grep: 'before so many bytes',
    },
    {
      name: 'pg-decode-signature',
      promise: 'what is no binary COPY is not read as such',
      faults: ['D1'],
      find: 'if (!header.subarray(0, SIGNATURE.length).equals(SIGNATURE))',
      replace: 'if (header.length === 0)',
      grep: 'another signature',
    },
    {
      name: 'pg-decode-binary-refused',
      promise: 'a type whose binary form does not say what its text is, is refused when the stream is made',
      faults: ['D11'],
      file: `${SOURCE}/binary/values.ts`,
      tests: [`${TESTS}/types.test.ts`],
      find: '  if (write === undefined) {',
      replace: "  if (write === undefined && name === '') {",
      grep: 'are refused when the stream is made',
    },
    {
      name: 'pg-decode-floats-even',
      promise: 'a float in binary format has the digits that the server writes',
      faults: ['D11'],
      file: `${SOURCE}/binary/floats.ts`,
      tests: [`${TESTS}/types.test.ts`],
      find: 'return isTie && ',
      replace: 'return !isTie && isTie && ',
      grep: '18.*same text in binary format',
    },
  ],
);

const values = guardsIn(
  `${SOURCE}/decoder.ts`,
  [`${TESTS}/stream.test.ts`],
  [
    {
      name: 'pg-decode-parser-not-quoted',
      promise: 'what a parser says of the value of COPY that it refuses is told nowhere',
      faults: ['D7'],
      find: "cause: safeCause(error, { message: 'a value was refused' })",
      replace: 'cause: error',
      grep: 'and not the value',
    },
    {
      name: 'pg-decode-odd-values',
      promise: 'a text that is not as the server writes it is left to the parser',
      faults: ['D11'],
      file: 'src/connectors/postgres/rows/text-values.ts',
      find: '      if (digit < 0 || digit > 9) return parse(readText(row, start, end));\n',
      replace: '',
      grep: 'of the server',
    },
    {
      name: 'pg-decode-not-shown',
      promise: 'a stream of rows that is printed shows none of those that wait in it',
      faults: ['D7'],
      file: 'src/connectors/postgres/decode-copy.ts',
      find: '{ [inspect.custom]: { value: shown }, toJSON: { value: shown } }',
      replace: '{}',
      grep: 'shows none',
    },
    {
      name: 'pg-decode-left-early',
      promise: 'rows that are left early are closed before anything goes on',
      faults: ['P3'],
      file: 'src/connectors/postgres/decode-copy.ts',
      find: '    [Symbol.asyncIterator]: { value: () => new Chunks(stream) },\n',
      replace: '',
      grep: 'is left early',
    },
    {
      name: 'pg-decode-turns',
      promise: 'a signal is heard while one large chunk is decoded',
      faults: ['A4'],
      file: 'src/connectors/postgres/decode-copy.ts',
      tests: ['test/faults/cpu-bound.test.ts'],
      find: 'given % ROWS_AT_ONCE === 0 && turn.isOver',
      replace: 'given < 0 && turn.isOver',
      grep: 'one large chunk is decoded',
    },
    {
      name: 'pg-decode-backpressure',
      promise: 'no more rows are made than are wanted, and some that are cheaper made at once',
      faults: ['R4'],
      file: 'src/connectors/postgres/decode-copy.ts',
      find: 'isWanted || given < ROWS_AT_ONCE;',
      replace: 'isWanted || given < Infinity;',
      grep: 'few rows of a large chunk',
    },
  ],
);

export const decodingGuards = [...lines, ...records, ...binary, ...values];
