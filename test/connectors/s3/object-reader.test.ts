import assert from 'node:assert/strict';
import { wholeObjectCrc32 } from '../../../src/connectors/s3/object-reader.ts';

describe('the checksum that a store holds of an object', () => {
  const cases = [
    { title: 'is of the whole', answer: { ChecksumCRC32: 'y/Q5Jg==', ChecksumType: 'FULL_OBJECT' }, whole: 'y/Q5Jg==' },
    { title: 'is of the whole where no type is told', answer: { ChecksumCRC32: 'y/Q5Jg==' }, whole: 'y/Q5Jg==' },
    { title: 'is of parts by its form', answer: { ChecksumCRC32: 'y/Q5Jg==-2' }, whole: undefined },
    {
      title: 'is of parts by its type',
      answer: { ChecksumCRC32: 'y/Q5Jg==', ChecksumType: 'COMPOSITE' },
      whole: undefined,
    },
    { title: 'is none', answer: {}, whole: undefined },
  ] as const;
  for (const { title, answer, whole } of cases) {
    it(title, () => assert.equal(wholeObjectCrc32(answer), whole));
  }
});
