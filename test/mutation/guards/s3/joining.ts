/** Several objects that are read as one. */
import { guardsIn } from '../../guard.ts';

const join = guardsIn(
  'src/core/join-driver.ts',
  ['test/connectors/s3/source.test.ts'],
  [
    {
      name: 's3-join-needs-each',
      promise: 'several objects are not run together unless that is asked for',
      faults: ['D1'],
      find: 'if ((await this.#next()) !== undefined) throw needsEach();',
      replace: 'await Promise.resolve();',
      grep: 'refuses several objects without',
    },
    {
      name: 's3-join-order',
      promise: 'the next object is opened only when all of the one before was asked for',
      faults: ['R4'],
      find: '      if (!driver.requested) return;\n',
      replace: '',
      grep: 'never lets a small object take the memory',
    },
    {
      name: 's3-join-ahead',
      promise: 'the next object is asked for while the current one comes in',
      faults: [],
      find: '    if (this.#open.length > maxAhead || !window.hasRoom) return;',
      replace: '    if (this.#open.length > Math.min(maxAhead, 0) || !window.hasRoom) return;',
      grep: 'before the current one ends',
    },
    {
      name: 's3-object-told-in-order',
      promise: 'an object is told when all bytes of those before it were taken',
      faults: [],
      find: '    const { info } = reference;\n',
      replace: '    const { info } = reference;\n    if (info !== undefined) this.#options.onObject(info);\n',
      grep: 'before its first byte and after the last',
    },
    {
      name: 's3-join-listing-fails',
      promise: 'a listing that fails on the way fails the stream',
      faults: ['R1', 'D9'],
      find: '      this.#failure = error;',
      replace: '      this.#exhausted = error !== undefined;',
      grep: 'begins with the last object of the one before',
    },
    {
      name: 's3-join-aborts-all',
      promise: 'every object that was opened ahead is cut with the stream',
      faults: ['A1', 'A8'],
      find: '    await Promise.all(this.#open.map((object) => object.abort()));',
      replace: '    await this.#open.at(-1)?.abort();',
      grep: 'cuts the objects opened ahead',
    },
  ],
);

const joined = guardsIn(
  'src/core/joined-object.ts',
  ['test/connectors/s3/source.test.ts'],
  [
    {
      name: 's3-each-is-a-stream',
      promise: 'what `each` gives is refused unless it is streams of Node',
      faults: [],
      find: 'if (!transforms.every(isStream)) {',
      replace: 'if (transforms.length < 0) {',
      grep: 'refuses what is no stream of node:stream',
    },
    {
      name: 's3-each-names-object',
      promise: 'an error of a transform names its object, and keeps what was thrown',
      faults: [],
      find: 'throw about(asConnectorError(error));',
      replace: 'throw asConnectorError(error, about);',
      grep: 'names the object whose transform failed',
    },
    {
      name: 's3-each-early-end',
      promise: 'an object whose transform has had enough is not read to its end',
      faults: ['A8'],
      find: '    for (const stage of this.#stages) stage.destroy();\n    await this.driver.abort();\n    return undefined;',
      replace: '    return undefined;',
      grep: 'has had enough',
    },
    {
      name: 's3-each-destroyed',
      promise: 'the transforms of an object are destroyed with the stream',
      faults: ['A8'],
      find: '    for (const stage of this.#stages) stage.destroy();\n    const closings',
      replace: '    const closings',
      grep: 'that has come whole',
    },
  ],
);

const source = guardsIn(
  'src/connectors/s3/source.ts',
  ['test/connectors/s3/source.test.ts'],
  [
    {
      name: 's3-nothing-matches',
      promise: 'a pattern that matches nothing is an error, unless it may',
      faults: ['R11'],
      find: "if (!found && onEmpty === 'error')",
      replace: "if (found && onEmpty === 'error' && bucket === '')",
      grep: 'tells nothing to read from an empty result',
    },
    {
      name: 's3-listed-pinned',
      promise: 'an object is read as it was listed, or not at all',
      faults: ['R5'],
      file: 'src/core/joined-source.ts',
      find: 'const pinned = { version: info?.etag, size: info?.size };',
      replace: 'const pinned = { version: undefined, size: info?.size };',
      grep: 'replaced since it was listed(,|$)',
    },
    {
      name: 's3-object-listener-throws',
      promise: 'what a listener of an object throws is the cause of the failure, as it was thrown',
      faults: [],
      file: 'src/core/object-events.ts',
      find: "throw connectorError('PIPELINE_FAILED', 'a listener of `object` failed', { cause });",
      replace: 'throw cause;',
      grep: 'what a listener throws',
    },
    {
      name: 's3-window-shared',
      promise: 'all objects together hold no more than `maxBufferedBytes`',
      faults: ['R4'],
      file: 'src/core/joined-source.ts',
      find: '...pinned, window, start: 0',
      replace: '...pinned, start: 0',
      grep: 'of all of them together',
    },
    {
      name: 's3-source-limited',
      promise: 'reading slows down when the store asks for fewer requests',
      faults: ['W1'],
      find: 'ranged: { ...size, ...waits(checked, config), retry, limiter },',
      replace: 'ranged: { ...size, ...waits(checked, config), retry },',
      tests: ['test/faults/s3-throttle.test.ts'],
      grep: 'slows the objects of one source',
    },
  ],
);

export const joiningGuards = [...join, ...joined, ...source];
