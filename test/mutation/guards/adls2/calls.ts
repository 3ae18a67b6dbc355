/** The calls of a client of ADLS Gen2: what is refused, settled, found and left alone. */
import { guardsIn } from '../../guard.ts';

const CALLS = 'src/connectors/adls2/calls/';
const WORKING = ['test/connectors/adls2/calls.test.ts'];
const FAILING = ['test/faults/adls-calls.test.ts'];
const SWEEPING = ['test/faults/adls-sweep.test.ts'];

const settlement = guardsIn('src/core/call-requests.ts', FAILING, [
  {
    name: 'call-commit-settled',
    promise: 'a change whose answer was lost is looked into, so that its own work is no failure',
    faults: ['W4'],
    find: 'return await settlement.send(() => this.#bounded(requests, request), signal);',
    replace: 'return await this.#bounded(requests, request).catch((e) => { throw classify(e, intent); });',
    grep: 'is found to have happened',
  },
  {
    name: 'call-refused-after-no-answer',
    promise: 'a change without an answer may happen yet when its repetition is refused',
    faults: ['W4'],
    find: ', comesLate: true',
    replace: '',
    grep: 'may happen yet',
  },
  {
    name: 'call-commit-outcome-unknown',
    promise: 'a change that was sent and then aborted is not called undone',
    faults: ['A1'],
    find: 'isUnknown = signal.aborted || (error',
    replace: 'isUnknown = (error',
    grep: 'aborted under way says',
  },
]);

const series = guardsIn(
  'src/core/within.ts',
  ['test/core/request-series.test.ts'],
  [
    {
      name: 'series-own-time',
      promise: 'each of several requests has a time of its own',
      faults: [],
      find: '      clearTimeout(timer);\n      timer = setTimeout(giveUp, ms);\n',
      replace: '',
      grep: 'each their own time',
    },
  ],
);

const paths = guardsIn(`${CALLS}paths.ts`, FAILING, [
  {
    name: 'adls-exists-by-404-alone',
    promise: 'a path is said not to be there by a 404 alone',
    faults: [],
    find: "if (classifyAdlsError(error, 'read').status === 404) return false;",
    replace: "if (classifyAdlsError(error, 'read').status !== 0) return false;",
    grep: 'for no word of whether',
  },
  {
    name: 'adls-made-by-another',
    promise: "what another made meanwhile is not taken for one's own",
    faults: ['W9'],
    find: 'return existOk || metadata[WRITE_ID] === id;',
    replace: "return existOk || metadata[WRITE_ID] !== '';",
    grep: "not taken for one's own",
  },
  {
    name: 'adls-directory-not-file',
    promise: 'a file is no directory that may be there already',
    faults: [],
    find: '!(await storedPath(adls, target, cut)).isDirectory',
    replace: '(await storedPath(adls, target, cut)).etag === ""',
    tests: WORKING,
    grep: 'make directories',
  },
]);

const requests = guardsIn('src/connectors/adls2/path-requests.ts', WORKING, [
  {
    name: 'adls-directory-kept',
    promise: 'to make a directory that is there changes nothing of it',
    faults: [],
    find: "conditions: { ifNoneMatch: '*' }, ",
    replace: '',
    grep: 'leave the metadata',
  },
  {
    name: 'adls-delete-as-asked',
    promise: 'a directory that is not empty is deleted only if that is asked for',
    faults: [],
    find: '.delete(recursive, options)',
    replace: '.delete(!recursive || recursive, options)',
    grep: 'refuse one that is not empty',
  },
]);

const deletion = guardsIn(`${CALLS}deletion.ts`, FAILING, [
  {
    name: 'adls-delete-in-part',
    promise: 'a deletion that went half way is not called undone',
    faults: [],
    find: 'throw pages === 0 ? failure',
    replace: 'throw pages >= 0 ? failure',
    grep: 'is not called undone',
  },
  {
    name: 'adls-delete-own-time',
    promise: 'each request of a large deletion has the time of an answer',
    faults: [],
    find: '      series.next();\n',
    replace: '',
    grep: 'for each of its requests',
  },
  {
    name: 'adls-delete-rest-gone',
    promise: 'a directory whose rest somebody else deletes meanwhile is deleted',
    faults: [],
    find: 'if (pages === 0 || classify',
    replace: 'if (pages >= 0 || classify',
    grep: 'somebody else deletes the rest',
  },
]);

const rename = guardsIn(`${CALLS}rename.ts`, FAILING, [
  {
    name: 'adls-rename-at-once',
    promise: 'nothing is renamed where that would be a copy and a deletion',
    faults: [],
    find: "    await send((adls, cut) => requireHierarchy(adls, container, cut), 'read');\n",
    replace: '',
    tests: WORKING,
    grep: 'where they need a rename',
  },
  {
    name: 'adls-rename-replaces-nothing',
    promise: 'a rename replaces a file only if that is asked for',
    faults: [],
    find: "overwrite ? {} : { ifNoneMatch: '*' as const }",
    replace: 'overwrite ? {} : {}',
    tests: WORKING,
    grep: 'only when that is asked for',
  },
  {
    name: 'adls-rename-both-names',
    promise: 'a rename is known to have happened by what has the new name, not by what has lost the old one',
    faults: ['W4', 'W9'],
    find: 'return (await isAt(destination)) ?',
    replace: 'return (await isAt(destination)) || true ?',
    grep: 'has replaced the new file',
  },
]);

const sweep = guardsIn(`${CALLS}temporary-sweep.ts`, SWEEPING, [
  {
    name: 'adls-sweep-by-age',
    promise: 'a temporary file that is not old enough is left alone',
    faults: ['A6'],
    find: '>= olderThanMs) yield entry;',
    replace: '>= -olderThanMs) yield entry;',
    grep: 'younger ones are left alone',
  },
  {
    name: 'adls-sweep-clock',
    promise: 'how old a temporary file is, is told by the clock of the account',
    faults: ['A6'],
    find: 'answeredAt.getTime() -',
    replace: 'Date.now() -',
    grep: 'found by their age',
  },
  {
    name: 'adls-sweep-of-writers',
    promise: 'a file that no writer has signed is left alone, whatever its name',
    faults: ['A6'],
    find: 'if (writeId === undefined || etag',
    replace: 'if (etag',
    grep: 'nothing else is',
  },
  {
    name: 'adls-sweep-as-named',
    promise: 'a file that a writer has not named itself is left alone',
    faults: ['A6'],
    file: 'src/connectors/adls2/temporary-name.ts',
    find: 'return isTemporaryName(path) && WRITER.test(path);',
    replace: 'return isTemporaryName(path);',
    grep: 'nothing else is',
  },
  {
    name: 'adls-sweep-as-listed',
    promise: 'a temporary file that is written to meanwhile is left alone',
    faults: ['A6', 'W9'],
    find: '{ recursive: false, ifMatch }',
    replace: '{ recursive: false }',
    grep: 'written to meanwhile, before DeletePath',
  },
]);

const listing = guardsIn(`${CALLS}prefix-pages.ts`, WORKING, [
  {
    name: 'adls-list-to-the-letter',
    promise: 'a listing tells what begins with the prefix, and nothing else',
    faults: [],
    find: 'path.startsWith(prefix)',
    replace: "path !== ''",
    grep: 'to the letter',
  },
  {
    name: 'adls-list-no-way-out',
    promise: 'a prefix that would lie in another container is refused before any request',
    faults: ['D9'],
    file: 'src/connectors/adls2/target.ts',
    find: 'slash === -1 ? undefined : pathProblem(prefix.slice(0, slash))',
    replace: 'slash === -1 ? undefined : pathProblem("a")',
    grep: 'would lie elsewhere',
  },
]);

const bytes = guardsIn(`${CALLS}bytes.ts`, WORKING, [
  {
    name: 'adls-download-end-alone',
    promise: 'an end without a start is an end',
    faults: [],
    find: 'start === undefined && end === undefined ? undefined',
    replace: 'start === undefined ? undefined',
    grep: 'download the bytes of',
  },
  {
    name: 'adls-download-bounded',
    promise: 'no more bytes are held in memory than they may be',
    faults: [],
    find: 'if (length > maxBytes) {',
    replace: 'if (length > 2 * maxBytes) {',
    grep: 'no more bytes in memory',
  },
]);

export const callGuards = [
  ...settlement,
  ...series,
  ...paths,
  ...requests,
  ...deletion,
  ...rename,
  ...sweep,
  ...listing,
  ...bytes,
];
