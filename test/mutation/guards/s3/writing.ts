/** Objects that are written: what a store must say, and what is removed when it fails. */
import { guardsIn } from '../../guard.ts';

const upload = guardsIn(
  'src/connectors/s3/object-upload.ts',
  ['test/faults/s3-write.test.ts'],
  [
    {
      name: 's3-part-etag',
      promise: 'a part that is acknowledged without its ETag fails the upload before the commit',
      faults: ['W6'],
      find: 'if (etag === undefined) throw connectorError',
      replace: 'if (etag === null) throw connectorError',
      grep: 'answered without an ETag',
    },
    {
      name: 's3-part-checksum',
      promise: 'a part that was stored with another checksum fails the upload before the commit',
      faults: ['W6', 'R7'],
      find: 'if (checksum !== undefined && stored !== checksum) {',
      replace: 'if (checksum === null) {',
      grep: 'or with another checksum',
    },
    {
      name: 's3-if-none-match',
      promise: 'an object that exists is not replaced where that was ruled out',
      faults: ['W9'],
      find: '...{ ...this.#target, ...headers, IfNoneMatch: ifNoneMatch },',
      replace: '...{ ...this.#target, ...headers },',
      grep: 'refuses to replace it',
    },
    {
      name: 's3-upload-removed',
      promise: 'an upload whose source failed is removed before the pipeline rejects',
      faults: ['W7'],
      find: 'if (this.#uploadId === undefined && !this.#createLost) return undefined;',
      replace: 'if (this.#parts.length >= 0) return undefined;',
      tests: ['test/faults/s3-cleanup.test.ts'],
      grep: 'has confirmed it before the pipeline rejects',
    },
    {
      name: 's3-leftover-names-upload',
      promise: 'an upload that may remain is named by its id',
      faults: ['W8'],
      find: '...(this.#uploadId === undefined ? {} : { uploadId: this.#uploadId }) };',
      replace: '};',
      tests: ['test/faults/s3-cleanup.test.ts'],
      grep: 'names the upload',
    },
  ],
);

const removal = guardsIn(
  'src/connectors/s3/upload-removal.ts',
  ['test/faults/s3-cleanup.test.ts'],
  [
    {
      name: 's3-removal-repeated',
      promise: 'the removal of an upload that fails is repeated until the upload is gone',
      faults: ['W8'],
      find: "if (failure.code !== 'NOT_FOUND') return failure.retryable ? 'again' : 'refused';",
      replace: "if (failure.code !== 'NOT_FOUND') return 'refused';",
      grep: 'repeats it until the upload is gone',
    },
    {
      name: 's3-removal-seen',
      promise: 'an upload counts as gone when no part of it is listed, and not before',
      faults: ['W7', 'W8'],
      find: "return Parts.length === 0 ? 'gone' : 'again';",
      replace: "return Parts.length >= 0 ? 'gone' : 'again';",
      grep: 'while a late part is still listed',
    },
  ],
);

const commit = guardsIn(
  'src/connectors/s3/commit-settlement.ts',
  ['test/faults/s3-commit.test.ts'],
  [
    {
      name: 's3-lost-commit-asked',
      promise: 'a commit whose answer was lost is looked up before it is believed to have failed',
      faults: ['W4'],
      find: 'return await this.#settle(failure, signal);',
      replace: 'throw failure;',
      grep: 'finds the object that',
    },
    {
      name: 's3-own-object-no-obstacle',
      promise: 'an object of the same bytes that another wrote before is not taken for this upload',
      faults: ['W4', 'W9'],
      find: 'if (uploadId !== undefined && (await this.#isListed(uploadId, signal)))',
      replace: 'if (uploadId === null)',
      grep: 'does not take an older object',
    },
  ],
);

export const writingGuards = [...upload, ...removal, ...commit];
