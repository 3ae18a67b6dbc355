import type { Guard } from '../guard.ts';

export const coreGuards: readonly Guard[] = [
  {
    name: 'core-checksum-continues',
    promise: 'the checksum of a body covers every chunk of it, not only the last',
    faults: ['R7'],
    file: 'src/core/checksum.ts',
    find: 'value = crc32(chunk, value);',
    replace: 'value = crc32(chunk);',
    tests: ['test/core/checksum.test.ts'],
    grep: 'how the bytes are cut',
  },
];
