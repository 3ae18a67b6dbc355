/** The calls of a client: what is repeated, bounded, undone, and told by key. */
import { guardsIn } from '../../guard.ts';

const CALLS = 'src/connectors/s3/calls/';
const WORKING = ['test/connectors/s3/client-calls.test.ts'];
const FAILING = ['test/faults/s3-calls.test.ts'];
const SWEEPING = ['test/faults/s3-sweep.test.ts'];

const call = guardsIn('src/core/call-requests.ts', FAILING, [
  {
    name: 's3-call-retried',
    promise: 'a request of a call whose answer was lost is sent again',
    faults: ['R1'],
    find: 'return withRetry(once, retry, this.hooks).catch(toldAs(() => isUnknown));\n  }\n\n  /**',
    replace: 'return once().catch(toldAs(() => isUnknown));\n  }\n\n  /**',
    grep: 'repeats what it may',
  },
  {
    name: 's3-call-outcome-unknown',
    promise: 'a change that was sent and not answered is not called undone',
    faults: ['A1'],
    find: "isUnknown ||= intent !== 'read' && isSent",
    replace: "isUnknown ||= intent === 'read' && isSent",
    grep: 'outcome is unknown',
  },
]);

const reading = guardsIn(
  'src/core/file-parts.ts',
  ['test/core/file-parts.test.ts'],
  [
    {
      name: 'file-parts-unchanged',
      promise: 'a file that changed while it was read is not committed',
      faults: ['R5'],
      find: 'if (size !== this.#before.size || mtimeNs !== this.#before.mtimeNs) throw changed();',
      replace: 'if (size < 0n) throw mtimeNs;',
      tests: WORKING,
      grep: 'becomes (longer|touched) under way',
    },
  ],
);

const filling = guardsIn(
  'src/core/part-sink.ts',
  ['test/core/file-parts.test.ts'],
  [
    {
      name: 'parts-filled-in-parallel',
      promise: 'the parts of a file are read where they are sent from, several at once',
      faults: [],
      find: '      await this.#dispatch(read);\n',
      replace: '      await read(this.#filling, this.#offset);\n      await this.#dispatch();\n',
      grep: 'in as many places at once',
    },
  ],
);

const files = guardsIn('src/core/partial-file.ts', FAILING, [
  {
    name: 'partial-file-removed',
    promise: 'nothing of a download that failed is left beside its place',
    faults: ['A1', 'R1'],
    find: '    await rm(partial, { force: true });\n',
    replace: '',
    grep: 'nothing beside it',
  },
  {
    name: 'partial-file-renamed',
    promise: 'a file that was there stays as it is until the new one is whole',
    faults: ['R1', 'R7'],
    find: "`${file}.${randomBytes(4).toString('hex')}.partial`",
    replace: '(randomBytes(4), await rm(file, { force: true }), file)',
    grep: 'leaves the old file',
  },
]);

const download = guardsIn('src/core/local-transfer.ts', FAILING, [
  {
    name: 's3-download-heard',
    promise: 'an abort between the first answer and the first read of a download does not end the process',
    faults: ['A1'],
    find: "  source.on('error', () => undefined);\n",
    replace: '',
    grep: 'whose file is being opened',
  },
  {
    name: 's3-file-call-named',
    promise: 'what fails in the stream of a file is told as a failure of the call',
    faults: [],
    find: 'return asFailureOf(operation, error);',
    replace: 'return asFailureOf(error.operation ?? operation, error);',
    grep: 'leaves neither an object nor an upload',
  },
  {
    name: 's3-upload-regular',
    promise: 'only a regular file is uploaded',
    faults: [],
    find: 'if (!before.isFile()) throw',
    replace: 'if (before.size < 0n) throw',
    tests: WORKING,
    grep: 'a pipe',
  },
]);

const ahead = guardsIn('src/core/read-ahead.ts', WORKING, [
  {
    name: 'read-ahead',
    promise: 'the next page of a listing is asked for while one is used',
    faults: [],
    find: '      next = pieces.next();\n',
    replace: '      yield piece.value;\n      next = pieces.next();\n      if (Date.now() > 0) continue;\n',
    grep: 'while one is used',
  },
  {
    name: 'read-ahead-stopped',
    promise: 'leaving a listing ends the request for its next page',
    faults: ['A8'],
    find: '    stop();\n',
    replace: '',
    grep: 'when the loop is left',
  },
]);

const deletion = guardsIn(`${CALLS}deletion.ts`, FAILING, [
  {
    name: 's3-delete-errors-told',
    promise: 'a key that S3 refuses to delete within a success is told',
    faults: ['D9'],
    find: 'if (failures.length > 0) throw context.classify(',
    replace: 'if (failures.length < 0) throw context.classify(',
    grep: 'in a success',
  },
  {
    name: 's3-delete-confirmed',
    promise: 'a key of which the answer says nothing does not count as deleted',
    faults: ['D9'],
    find: '.filter(({ key }) => codes.has(key) || !gone.has(key))',
    replace: '.filter(({ key }) => codes.has(key) || gone.size < 0)',
    grep: 'says nothing',
  },
  {
    name: 's3-delete-again',
    promise: 'of several keys those that may succeed are deleted by another try',
    faults: ['D9'],
    find: 'pending = failed.filter(({ code }) => ERROR_CODES[code].retryable);',
    replace: 'pending = [];\n    refused.push(...failed.filter(({ code }) => ERROR_CODES[code].retryable));',
    grep: 'asks again for those',
  },
  {
    name: 's3-delete-nothing-by-mistake',
    promise: 'an empty prefix does not empty the bucket unless that is said',
    faults: [],
    find: "if (prefix === '' && !wholeBucket) {",
    replace: 'if (wholeBucket === undefined) {',
    tests: WORKING,
    grep: 'refuse an empty prefix',
  },
  {
    name: 's3-delete-not-in-xml',
    promise: 'a key that XML cannot hold is deleted by a request of its own',
    faults: ['D6'],
    find: 'const NOT_IN_XML = /',
    replace: 'const NOT_IN_XML = /(?!)',
    tests: WORKING,
    grep: 'keys that XML cannot hold',
  },
  {
    name: 's3-delete-md5',
    promise: 'a store that refuses checksums is sent an MD5 of what it is to delete',
    faults: [],
    find: "const withMd5 = context.settings.transfer.checksum === 'none';",
    replace: 'const withMd5 = false;',
    tests: WORKING,
    grep: 'sent with content-md5',
  },
]);

const sweep = guardsIn(`${CALLS}uploads-sweep.ts`, SWEEPING, [
  {
    name: 's3-sweep-by-age',
    promise: 'an upload that is not old enough is left alone',
    faults: ['A6'],
    find: 'const isOld = now - initiated.getTime() >= olderThanMs;',
    replace: 'const isOld = now - initiated.getTime() >= -olderThanMs;',
    grep: 'those of others are left alone',
  },
  {
    name: 's3-sweep-every-page',
    promise: 'the uploads of a process that was killed are found on every page of the listing',
    faults: ['A6'],
    find: '    at = markerBehind(page, at);\n',
    replace: '    at = markerBehind(page, at) && undefined;\n',
    grep: 'on every page',
  },
  {
    name: 's3-sweep-told',
    promise: 'an upload that S3 refuses to remove is told by its key',
    faults: ['A6'],
    file: 'src/core/sweep.ts',
    find: 'if (failures.length === 0) return swept;',
    replace: 'if (failures.length >= 0) return swept;',
    grep: 'told by key',
  },
  {
    name: 'sweep-failed-is-over',
    promise: 'a sweep that failed removes nothing more',
    faults: ['A6'],
    file: 'src/core/sweep.ts',
    find: '    if (broken !== undefined) return;\n',
    replace: '',
    tests: ['test/core/sweep.test.ts'],
    grep: 'removes nothing more',
  },
]);

const clock = guardsIn('src/connectors/s3/native.ts', SWEEPING, [
  {
    name: 's3-sweep-clock',
    promise: 'how old an upload is, is told by the clock of the store',
    faults: ['A6'],
    find: 'if (!Number.isNaN(date.getTime())) answeredAt = date;',
    replace: 'if (Number.isNaN(date.getTime())) answeredAt = date;',
    grep: 'found by their age',
  },
]);

const listing = guardsIn(`${CALLS}listing.ts`, WORKING, [
  {
    name: 's3-list-no-more',
    promise: 'no more objects are listed than were asked for',
    faults: [],
    file: 'src/core/listed-call.ts',
    find: '        if (rows === most) return;\n',
    replace: '',
    grep: 'no more than was asked for',
  },
  {
    name: 's3-list-prefixes-in-order',
    promise: 'what keys begin with is told among them in its order',
    faults: [],
    find: 'return [...objects, ...directories].sort(',
    replace: 'return [...directories, ...objects].toSorted(() => 0) && [...directories, ...objects].filter(',
    grep: 'stop at the next',
  },
]);

const signing = guardsIn(`${CALLS}native-tools.ts`, WORKING, [
  {
    name: 's3-presign-type',
    promise: 'a URL to write by takes the content type that it was signed for alone',
    faults: [],
    find: "method === 'put' && contentType !== undefined ? { signableHeaders: new Set(['content-type']) } : {};",
    replace: '{};',
    grep: 'of the type that was said',
  },
  {
    name: 's3-presign-customer-key',
    promise: 'no URL is signed that would need a key of the customer',
    faults: [],
    find: 'if (settingsOf(client).encryption?.customerKey !== undefined) {',
    replace: "if (settingsOf(client).encryption?.customerKey === '') {",
    grep: 'under a key of the customer',
  },
]);

export const callGuards = [
  ...call,
  ...reading,
  ...filling,
  ...files,
  ...download,
  ...ahead,
  ...deletion,
  ...sweep,
  ...clock,
  ...listing,
  ...signing,
];
