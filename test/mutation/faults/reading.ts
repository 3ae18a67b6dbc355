import type { FaultArea } from '../fault.ts';

export const reading: FaultArea = {
  title: 'Reading objects',
  faults: [
    {
      id: 'R1',
      fault: 'The connection breaks in the middle of a body, once or many times.',
      outcome: 'The read goes on at the exact byte, within one budget of tries and time; nothing is lost or doubled.',
      tests: ['test/faults/s3-read.test.ts', 'test/faults/adls-read.test.ts'],
    },
    {
      id: 'R2',
      fault: 'A body ends before its length, or has none and ends early.',
      outcome: 'It is never taken for whole: the rest is asked for, or the stream fails with `BODY_TRUNCATED`.',
      tests: ['test/faults/s3-read.test.ts', 'test/faults/adls-read.test.ts'],
    },
    {
      id: 'R3',
      fault: 'A body stalls, or an answer never begins.',
      outcome: 'It is given up after the idle or response timeout and resumed, as often as tries are left.',
      tests: [
        'test/faults/s3-read.test.ts',
        'test/faults/s3-hostile.test.ts',
        'test/faults/adls-read.test.ts',
        'test/faults/adls-hostile.test.ts',
      ],
    },
    {
      id: 'R4',
      fault: 'The consumer is slow.',
      outcome: 'Memory stays within `maxBufferedBytes`, and the pause is not mistaken for a stalled server.',
      tests: ['test/faults/s3-read-content.test.ts', 'test/faults/adls-read.test.ts'],
    },
    {
      id: 'R5',
      fault: 'The object is replaced while it is read.',
      outcome: '`OBJECT_CHANGED`: every request is pinned to the first version, and two are never mixed.',
      tests: ['test/faults/s3-read-content.test.ts', 'test/faults/adls-read.test.ts'],
    },
    {
      id: 'R6',
      fault: 'The server answers with another range, another size or more bytes than were asked for.',
      outcome: '`RANGE_MISMATCH`; bytes that were not asked for are not passed on.',
      tests: [
        'test/faults/s3-read-content.test.ts',
        'test/faults/s3-hostile.test.ts',
        'test/faults/adls-read.test.ts',
        'test/faults/adls-hostile.test.ts',
      ],
    },
    {
      id: 'R7',
      fault: 'Bytes were damaged on the way.',
      outcome: 'The stream fails before its end, so that no sink commits them.',
      tests: ['test/faults/s3-read-content.test.ts', 'test/faults/adls-read.test.ts'],
    },
    {
      id: 'R8',
      fault: 'Compressed data was cut, at whatever byte.',
      outcome: '`COMPRESSED_DATA_TRUNCATED`, never a clean end: gzip, zstd and brotli alike.',
    },
    {
      id: 'R9',
      fault: 'Something else follows the compressed data, or a later member is damaged.',
      outcome: 'Every member is read; what is no member is `TRAILING_DATA` and is never dropped in silence.',
    },
    {
      id: 'R10',
      fault: 'A few compressed bytes would become gigabytes.',
      outcome: '`OUTPUT_LIMIT` at `maxOutputBytes` or `maxRatio`, with memory flat.',
    },
    {
      id: 'R11',
      fault: 'There is nothing to read: a missing object, no permission, an empty object.',
      outcome: 'A code of its own for each, not tried again; an empty object is zero bytes and a success.',
      tests: ['test/faults/s3-read-content.test.ts', 'test/faults/adls-read.test.ts'],
    },
  ],
};
