/** Files of ADLS Gen2 that are written: beside their path, published by a rename, removed when they fail. */
import { guardsIn } from '../../guard.ts';

const WRITE = ['test/faults/adls-write.test.ts'];
const CLEANUP = ['test/faults/adls-cleanup.test.ts'];
const SETTLEMENT = ['test/faults/adls-settlement.test.ts'];

const upload = guardsIn('src/connectors/adls2/file-upload.ts', WRITE, [
  {
    name: 'adls-write-beside',
    promise: 'an old file is untouched until the new one is whole',
    faults: ['W2', 'W7'],
    find: 'this.#temporary = { container, path: temporaryName(path, randomUUID()) };',
    replace: 'this.#temporary = temporaryName(path, randomUUID()) === path ? this.#target : this.#target;',
    grep: 'leaves the old file and nothing else when it always fails|is replaced by a large one',
  },
  {
    name: 'adls-create-repeated',
    promise: 'a Create that is repeated takes what it made before for its own, and nothing else',
    faults: ['W4', 'W9'],
    find: "failure.code === 'ALREADY_EXISTS' && (await this.#isOurs(adls))",
    replace: "failure.code === 'CONFIG_INVALID' && (await this.#isOurs(adls))",
    grep: 'a Create had made',
  },
  {
    name: 'adls-create-of-another',
    promise: 'the file of another writer is not written to',
    faults: ['W9'],
    find: 'return found?.writeId === this.#writeId;',
    replace: 'return found?.writeId !== this.#writeId;',
    grep: 'somebody else had at the temporary path',
  },
  {
    name: 'adls-flushed-length',
    promise: 'a file of which ADLS holds another length than was sent is not published',
    faults: ['W6', 'R7'],
    find: 'if (size !== bytes) throw',
    replace: 'if (size === -1) throw',
    grep: 'another length than was sent',
  },
  {
    name: 'adls-flushed-version',
    promise: 'what is published is the very file that was looked at when it was flushed',
    faults: ['W6', 'R4'],
    file: 'src/connectors/adls2/write-requests.ts',
    find: '{ conditions: { ifMatch: source.etag }, destinationConditions',
    replace: '{ conditions: {}, destinationConditions',
    grep: 'changed after it was flushed',
  },
  {
    name: 'adls-target-looked-at',
    promise: 'a leased file is not replaced, nor a directory',
    faults: ['W9'],
    find: '    await checkReplaceable(adls, this.#target, { condition, responseMs }, signal);\n',
    replace: '    if (bytes < 0) await checkReplaceable(adls, this.#target, { condition, responseMs }, signal);\n',
    grep: 'leased keeps its bytes|is a directory',
  },
  {
    name: 'adls-lease-kept',
    promise: 'a rename does not break the lease of somebody else',
    faults: ['W9'],
    file: 'src/connectors/adls2/replaceable.ts',
    find: '} else if (found.isLeased) {',
    replace: '} else if (found.size < 0) {',
    grep: 'leased keeps its bytes',
  },
  {
    name: 'adls-nothing-to-replace',
    promise: 'a file that was to be replaced and is gone is told as such',
    faults: ['W9'],
    file: 'src/connectors/adls2/replaceable.ts',
    find: "if (ifMatch !== undefined) throw connectorError('NOT_FOUND'",
    replace: "if (ifMatch === '') throw connectorError('NOT_FOUND'",
    grep: 'that is gone is not replaced',
  },
  {
    name: 'adls-replaces-one-version',
    promise: 'a file that another writer has replaced is not replaced where one version was meant',
    faults: ['W9'],
    file: 'src/connectors/adls2/write-requests.ts',
    find: 'destinationConditions: definedOf(condition) }',
    replace: 'destinationConditions: definedOf({}), condition }',
    grep: 'at the last moment|where that was ruled out',
  },
  {
    name: 'adls-changed-told',
    promise: 'a version that is no longer there is told as such, and not as a file in the way',
    faults: ['W9'],
    find: "condition.ifMatch === undefined ? 'write' : 'replace'",
    replace: "condition.ifMatch === undefined ? 'replace' : 'write'",
    grep: 'at the last moment',
  },
  {
    name: 'adls-removed',
    promise: 'the temporary path of a write that failed is removed before its pipeline rejects',
    faults: ['W7'],
    find: "    if (this.#creation === 'none') return undefined;\n    const removal",
    replace: "    if (this.#creation !== 'none') return undefined;\n    const removal",
    tests: CLEANUP,
    grep: 'confirmed before the pipeline rejects',
  },
  {
    name: 'adls-lost-create-removed',
    promise: 'what a Create without an answer may have made is removed',
    faults: ['W8'],
    find: 'if (!mayHaveHappened(failure)) this.#creation = before;',
    replace: "if (failure.code !== 'UNKNOWN') this.#creation = before;",
    tests: CLEANUP,
    grep: 'removes what it made when its answer was lost|still be on its way',
  },
  {
    name: 'adls-unanswered-create-named',
    promise: 'a Create without any answer may still happen: its path is named when nothing is there',
    faults: ['W8'],
    find: "return this.#creation === 'unanswered' || ",
    replace: 'return ',
    tests: CLEANUP,
    grep: 'still be on its way',
  },
  {
    name: 'adls-refused-create-forgotten',
    promise: 'nothing is removed that was never made',
    faults: ['W8'],
    find: 'if (!mayHaveHappened(failure)) this.#creation = before;\n      else if',
    replace: 'if',
    tests: CLEANUP,
    grep: 'removes nothing when it was refused',
  },
  {
    name: 'adls-unknown-kept',
    promise: 'a temporary path whose rename may still happen is left alone, and named',
    faults: ['W4'],
    find: "    if (outcome === 'unknown') return this.leftover();\n",
    replace: '',
    tests: SETTLEMENT,
    grep: 'whenever it is lost',
  },
  {
    name: 'adls-leftover-names-path',
    promise: 'what may remain is named',
    faults: ['W8'],
    find: 'return { container, path, temporaryPath: this.#temporary.path };',
    replace: 'return { container, path };',
    tests: CLEANUP,
    grep: 'names the temporary path at once',
  },
]);

const removal = guardsIn('src/connectors/adls2/temporary-removal.ts', CLEANUP, [
  {
    name: 'adls-removal-repeated',
    promise: 'a removal that fails is repeated until the path is gone',
    faults: ['W8'],
    find: "if (!failure.retryable) return 'refused';",
    replace: "if (failure.code !== 'UNKNOWN') return 'refused';",
    grep: 'repeats it until',
  },
  {
    name: 'adls-removal-refused',
    promise: 'a removal that is refused is not repeated: the path is named at once',
    faults: ['W8'],
    find: "if (!failure.retryable) return 'refused';",
    replace: "if (failure.code === 'UNKNOWN') return 'refused';",
    grep: 'names the temporary path at once',
  },
  {
    name: 'adls-removal-found-done',
    promise: 'a path that is gone when its removal is repeated counts as removed',
    faults: ['W8'],
    find: "if (failure.code === 'NOT_FOUND') return maybeRemoved ? 'removed' : 'absent';",
    replace: "if (failure.code === 'NOT_FOUND') return 'refused';",
    grep: 'finds nothing when its answer was lost',
  },
]);

const requests = guardsIn('src/connectors/adls2/write-requests.ts', WRITE, [
  {
    name: 'adls-create-only',
    promise: 'a Create that comes late does not empty what was appended since',
    faults: ['W5'],
    find: "conditions: { ifNoneMatch: '*' }, abortSignal: signal }",
    replace: 'abortSignal: signal }',
    grep: 'a Create had made',
  },
  {
    name: 'adls-append-checked',
    promise: 'ADLS compares each append with its MD5 where that is asked for',
    faults: ['W6'],
    find: "hash('md5', bytes, 'buffer'), pathHttpHeaders: {} }",
    replace: "hash('md5', bytes, 'buffer') }",
    grep: 'compare each append',
  },
  {
    name: 'adls-flush-closes',
    promise: 'a flush says that nothing more will come',
    faults: [],
    find: '{ close: true, pathHttpHeaders',
    replace: '{ close: false, pathHttpHeaders',
    grep: 'writes an empty file',
  },
]);

const namespace = guardsIn('src/connectors/adls2/namespace.ts', WRITE, [
  {
    name: 'adls-hierarchy-required',
    promise: 'an account whose renames are not atomic is refused before anything is written',
    faults: ['W9'],
    find: 'if (failure.status === 400) throw withoutHierarchy(failure);',
    replace: 'if (failure.status === 999) throw withoutHierarchy(failure);',
    grep: 'is refused before anything is written',
  },
  {
    name: 'adls-hierarchy-asked-once',
    promise: 'the namespace is asked for once per client',
    faults: [],
    find: '    hierarchical.add(adls.client);\n',
    replace: '',
    grep: 'asked once for all sinks',
  },
  {
    name: 'adls-hierarchy-asked-again',
    promise: 'an account that could not say what it is is asked again',
    faults: ['W9'],
    find: '    if (failure.retryable) throw failure;\n',
    replace: '',
    grep: 'asked again after a failure that passes',
  },
]);

const commit = guardsIn('src/connectors/adls2/commit-settlement.ts', SETTLEMENT, [
  {
    name: 'adls-rename-of-this-write',
    promise: 'a file of another writer is not taken for the one that was written, though it be of the same bytes',
    faults: ['W4', 'W9'],
    find: "stored?.writeId === writeId ? { state: 'done', committed: stored.etag }",
    replace: "stored !== undefined && writeId !== '' ? { state: 'done', committed: stored.etag }",
    grep: 'of another writer|of other bytes|with the same bytes',
  },
  {
    name: 'adls-rename-source-asked',
    promise: 'a rename whose source is still there is sent again',
    faults: ['W4'],
    find: '(await storedAt(adls, source, responseMs, signal)) !== undefined',
    replace: '(await storedAt(adls, source, responseMs, signal)) === null',
    grep: 'the temporary path is still there',
  },
  {
    name: 'adls-rename-between',
    promise: 'a rename that happens between the questions about it is found',
    faults: ['W4'],
    find: "return (await renamed()) ?? { state: 'unclear' };",
    replace: "return { state: 'unclear' };",
    grep: 'between the questions',
  },
  {
    name: 'adls-rename-vanished',
    promise: 'a source that is gone without its file is not called undone',
    faults: ['W4'],
    find: "return (await renamed()) ?? { state: 'unclear' };",
    replace: "return (await renamed()) ?? { state: 'absent' };",
    grep: 'neither the temporary path nor the file',
  },
  {
    name: 'adls-gateway-knows-nothing',
    promise: 'a rename whose answer a gateway waited for in vain may still be on its way',
    faults: ['W4'],
    file: 'src/core/commit-settlement.ts',
    find: ' && status !== GATEWAY_TIMEOUT',
    replace: '',
    grep: 'a gateway waits',
  },
  {
    name: 'adls-temporary-gone',
    promise: 'a temporary path that is gone after its rename was tried was not cleaned up by anybody',
    faults: ['W4'],
    file: 'src/connectors/adls2/file-upload.ts',
    find: ' || this.#settlement !== undefined ? this.leftover()',
    replace: ' ? this.leftover()',
    grep: 'the temporary path is gone, and nobody else',
  },
  {
    name: 'adls-rename-refusal-doubted',
    promise: 'a client that repeats by itself may have renamed before its last try was refused',
    faults: ['W4'],
    find: 'DOUBTFUL.has(code)',
    replace: "code === 'UNKNOWN'",
    tests: ['test/faults/adls-client.test.ts'],
    grep: 'although the first answer to RenamePath was lost|does not take its own rename',
  },
]);

const files = guardsIn(
  'src/connectors/adls2/file-sink.ts',
  ['test/connectors/adls2/file-sink.test.ts'],
  [
    {
      name: 'adls-write-account-of-url',
      promise: 'nothing is sent to another account than the URL names',
      faults: ['D9'],
      find: 'if (host !== undefined) checkAccount(host, adls.client.url, config);',
      replace: "if (host === '') checkAccount(host, adls.client.url, config);",
      grep: 'another account',
    },
    {
      name: 'adls-write-target-checked',
      promise: 'a path that a URL would fold into another container is refused before any request',
      faults: ['D6'],
      find: '  checkTarget(container, path);\n',
      replace: '',
      grep: 'no request could name',
    },
    {
      name: 'adls-write-metadata-checked',
      promise:
        'metadata that ADLS would refuse, or that would take the place of the id of the write, is refused at once',
      faults: ['D10'],
      find: '  checkMetadata(checked.metadata);\n',
      replace: '',
      grep: 'metadata that no file may have',
    },
    {
      name: 'adls-rename-destination-encoded',
      promise: 'a path is the name of the file, whatever its characters mean in a URL',
      faults: ['D6'],
      file: 'src/connectors/adls2/write-requests.ts',
      find: "path.split('/').map(encodeURIComponent).join('/')",
      replace: 'path',
      grep: 'any name',
    },
  ],
);

const limits = guardsIn('src/connectors/adls2/file-sink.ts', WRITE, [
  {
    name: 'adls-limits-given',
    promise: 'appends grow within the limits of the account',
    faults: ['W10'],
    find: 'uploadPlan({ limits, preferredPartSize',
    replace: 'uploadPlan({ limits: ADLS_LIMITS, preferredPartSize',
    grep: 'the limits of the service',
  },
]);

const seal = guardsIn('src/core/part-sink.ts', WRITE, [
  {
    name: 'core-parts-sealed',
    promise: 'what comes between the last part and the commit is done before it',
    faults: ['W3'],
    find: '    await this.#seal();\n',
    replace: '',
    grep: 'writes an empty file|gets the directories above it',
  },
  {
    name: 'core-parts-seal-repeated',
    promise: 'what comes before the commit is repeated after a failure that passes',
    faults: ['W2'],
    find: 'await this.#retried(once, retry, { signal, limiter });',
    replace: 'await once();',
    grep: 'sends FlushFile again|flushes again',
  },
]);

export const writingGuards = [
  ...upload,
  ...removal,
  ...requests,
  ...namespace,
  ...commit,
  ...files,
  ...limits,
  ...seal,
];
