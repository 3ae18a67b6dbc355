import type { FaultArea } from '../fault.ts';

export const writing: FaultArea = {
  title: 'Writing objects',
  faults: [
    {
      id: 'W1',
      fault: 'The store asks for fewer requests.',
      outcome: 'All streams of a client slow down together, heed `Retry-After`, and speed up again.',
      tests: ['test/faults/s3-throttle.test.ts', 'test/faults/adls-throttle.test.ts'],
    },
    {
      id: 'W2',
      fault: 'A part fails, once or for good.',
      outcome:
        'That part alone is sent again, with the same bytes; if it never succeeds, no object and no upload is left.',
      tests: ['test/faults/s3-write.test.ts', 'test/faults/adls-write.test.ts'],
    },
    {
      id: 'W3',
      fault: 'The commit is answered with 200 and an error in its body.',
      outcome: 'It counts as the failure it is, and is repeated where that may help.',
      tests: ['test/faults/s3-write.test.ts', 'test/faults/adls-write.test.ts'],
    },
    {
      id: 'W4',
      fault: 'The answer to a commit is lost.',
      outcome: 'The store is asked what became of it: done, repeated, or `outcome: unknown`, and never guessed.',
      tests: [
        'test/faults/s3-commit.test.ts',
        'test/faults/s3-client.test.ts',
        'test/faults/adls-settlement.test.ts',
        'test/faults/adls-client.test.ts',
      ],
    },
    {
      id: 'W5',
      fault: 'The answer to a part is lost.',
      outcome: 'The part is sent again under its number, and the object is whole.',
      tests: ['test/faults/s3-write.test.ts', 'test/faults/adls-write.test.ts'],
    },
    {
      id: 'W6',
      fault: 'A part is acknowledged without its ETag, or with another checksum.',
      outcome: 'The upload fails before it is committed.',
      tests: ['test/faults/s3-write.test.ts', 'test/faults/adls-write.test.ts'],
    },
    {
      id: 'W7',
      fault: 'The source fails after some parts were sent.',
      outcome: 'The upload is removed, and was seen to be gone, before the pipeline rejects.',
      tests: ['test/faults/s3-cleanup.test.ts', 'test/faults/adls-cleanup.test.ts'],
    },
    {
      id: 'W8',
      fault: 'Removing a failed upload fails.',
      outcome: 'It is repeated on its own clock; what may remain is named in `settled.leftover`.',
      tests: ['test/faults/s3-cleanup.test.ts', 'test/faults/adls-cleanup.test.ts'],
    },
    {
      id: 'W9',
      fault: 'The object already exists, or another writer was faster.',
      outcome:
        'With `ifNoneMatch`, `ALREADY_EXISTS`, with `ifMatch`, `OBJECT_CHANGED`; an object of our own is no obstacle.',
      tests: ['test/faults/s3-write.test.ts', 'test/faults/s3-commit.test.ts'],
    },
    {
      id: 'W10',
      fault: 'The object is larger than expected.',
      outcome: 'Parts grow to reach the limit of the service within memory; what exceeds it is refused.',
      tests: ['test/faults/s3-write.test.ts', 'test/faults/adls-write.test.ts'],
    },
    {
      id: 'W11',
      fault: 'There is nothing to write.',
      outcome: 'An empty object, or an empty file, and not one part.',
      tests: ['test/faults/s3-write.test.ts', 'test/faults/adls-write.test.ts'],
    },
    {
      id: 'W12',
      fault: 'Credentials expire during a transfer.',
      outcome:
        'Others are asked for, once, and the request is sent again; an `AuthError` when there are none, `AUTH_EXPIRED` where their end is known.',
      tests: ['test/faults/s3-expired.test.ts', 'test/faults/adls-expired.test.ts'],
    },
    {
      id: 'W13',
      fault: 'The clock of this machine is wrong.',
      outcome:
        'S3: it is corrected from the answer that refuses a request for it, which is sent again. ADLS Gen2: `AUTH_FAILED` says how wrong it is.',
      tests: ['test/faults/s3-clock.test.ts', 'test/faults/adls-clock.test.ts'],
    },
  ],
};
