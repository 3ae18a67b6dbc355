import assert from 'node:assert/strict';
import { wholeChecksum } from '../../../src/connectors/s3/stored-checksum.ts';

const CRC = 'y/Q5Jg==';
const whole = (algorithm: string, value: string) => ({ algorithm, pieces: [{ size: 9, value }] });

describe('the checksum that a store holds of an object', () => {
  const cases = [
    { title: 'is of the whole', answer: { ChecksumCRC32: CRC, ChecksumType: 'FULL_OBJECT' }, is: whole('crc32', CRC) },
    { title: 'is of the whole where no type is told', answer: { ChecksumCRC32: CRC }, is: whole('crc32', CRC) },
    {
      title: 'is of another algorithm',
      answer: { ChecksumCRC64NVME: 'rosUhgp5mIg=' },
      is: whole('crc64nvme', 'rosUhgp5mIg='),
    },
    { title: 'is the quickest of several', answer: { ChecksumMD5: 'x', ChecksumSHA1: 'y' }, is: whole('sha1', 'y') },
    {
      title: 'is that of the whole beside one of parts',
      answer: { ChecksumCRC32: `${CRC}-2`, ChecksumMD5: 'x' },
      is: whole('md5', 'x'),
    },
    { title: 'is of parts by its form', answer: { ChecksumCRC32: `${CRC}-2` }, is: 'parts' },
    { title: 'is of parts by its type', answer: { ChecksumSHA256: CRC, ChecksumType: 'COMPOSITE' }, is: 'parts' },
    { title: 'is none', answer: {}, is: undefined },
  ] as const;
  for (const { title, answer, is } of cases) {
    it(title, () => assert.deepEqual(wholeChecksum(answer, 9), is));
  }
});
