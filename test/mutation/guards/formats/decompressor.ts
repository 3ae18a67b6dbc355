/** The stream around a format: what it passes on, how much of it, and its end. */
import { guardsIn } from '../../guard.ts';

const INPUT = ['test/formats/compressed-input.test.ts'];
const STREAM = ['test/formats/decompressor.test.ts'];
const LIMIT = ['test/formats/output-limit.test.ts'];

const decompressor = guardsIn('src/formats/decompressor.ts', STREAM, [
  {
    name: 'formats-end-verified',
    promise: 'a decompressor ends only after its input was seen to be whole',
    faults: ['R8'],
    find: '    if (!this.#isAllowed(() => framing.end())) return;',
    replace: '',
    tests: INPUT,
    grep: 'never takes a truncated input',
  },
  {
    name: 'formats-checked-as-passed-on',
    promise: 'what is passed on is what was checked',
    faults: ['R7', 'R9'],
    find: '    framing.output(chunk);',
    replace: '',
    tests: INPUT,
    grep: 'reads every gzip member',
  },
  {
    name: 'formats-engine-tail',
    promise: 'what an engine leaves of a chunk is read as the next member, and never dropped',
    faults: ['R9'],
    find: 'this.#input = this.#input.subarray(engine.bytesWritten - this.#countBefore);\n    engine.destroy();',
    replace: 'this.#input = Buffer.alloc(0);\n    engine.destroy();',
    tests: INPUT,
    grep: 'finds bytes after the end|reads every gzip member',
  },
  {
    name: 'formats-engine-error',
    promise: 'damage that an engine finds fails the stream with our code',
    faults: ['R8', 'R9'],
    find: 'this.destroy(fromEngine(framing.operation, error))',
    replace: 'this.destroy(error)',
    tests: INPUT,
    grep: 'finds every flipped bit',
  },
  {
    name: 'formats-engine-closed-with-stream',
    promise: 'a stream that is destroyed closes its engine',
    faults: ['A8'],
    find: '    this.#engine?.destroy();\n    done(error);',
    replace: '    done(error);',
    grep: 'closes its engine',
  },
  {
    name: 'formats-engine-closed-with-member',
    promise: 'the engine of a member is closed at its end',
    faults: ['A8'],
    find: '    engine.destroy();\n    if (this.#isEnding',
    replace: '    if (this.#isEnding',
    grep: 'closes each engine',
  },
  {
    name: 'formats-backpressure',
    promise: 'a decompressor stops while nobody reads',
    faults: ['R4', 'R10'],
    find: 'if (!this.push(chunk)) this.#engine?.pause();',
    replace: 'this.push(chunk);',
    tests: LIMIT,
    grep: 'holds a bounded part',
  },
  {
    name: 'formats-limit-checked',
    promise: 'a bomb is stopped by its limits, and memory stays flat',
    faults: ['R10'],
    find: '    if (exceeded === undefined) {',
    replace: '    if (exceeded !== null) {',
    tests: LIMIT,
    grep: 'stops a (gzip|zstd|brotli) bomb',
  },
  {
    name: 'formats-limit-exact',
    promise: 'output of exactly `maxOutputBytes` passes, and not one byte more',
    faults: ['R10'],
    find: 'if (room > 0) this.push(chunk.subarray(0, room));',
    replace: 'this.push(chunk);',
    tests: LIMIT,
    grep: 'and not one byte more',
  },
]);

const limit = guardsIn('src/formats/output-limit.ts', LIMIT, [
  {
    name: 'formats-limit-bytes',
    promise: 'output beyond `maxOutputBytes` is refused, of every format',
    faults: ['R10'],
    find: 'if (this.#written > maxOutputBytes) {',
    replace: 'if (this.#written === -1) {',
    tests: ['test/faults/compressed.test.ts'],
    grep: 'become no object: more rows',
  },
  {
    name: 'formats-limit-ratio',
    promise: 'output beyond `maxRatio` times the input is refused, of every format',
    faults: ['R10'],
    find: 'this.#written > RATIO_GRACE_BYTES && this.#written > maxRatio * consumed',
    replace: 'this.#written === -1',
    grep: 'stops a (gzip|zstd|brotli) bomb',
  },
  {
    name: 'formats-limit-ratio-grace',
    promise: 'a small file of blanks is no bomb',
    faults: ['R10'],
    find: 'this.#written > RATIO_GRACE_BYTES && this.#written',
    replace: 'this.#written',
    grep: 'only after the grace',
  },
  {
    name: 'formats-limit-ratio-default',
    promise: 'bombs are refused by default, and no gzip file is',
    faults: ['R10'],
    file: 'src/formats/compression-options.ts',
    find: 'const DEFAULT_MAX_RATIO = 1100;',
    replace: 'const DEFAULT_MAX_RATIO = 1000;',
    grep: 'refuses no gzip file by default|by default',
  },
  {
    name: 'formats-options-checked',
    promise: 'a limit that makes no sense is refused when the stream is made',
    faults: ['D10'],
    file: 'src/formats/compression-options.ts',
    tests: ['test/formats/compression.test.ts'],
    find: "if (!(maxRatio > 0)) throw invalid(operation, 'maxRatio must be a number above 0, or Infinity');",
    replace: '',
    grep: 'refuses options that make no sense',
  },
  {
    name: 'formats-zstd-checksum-written',
    promise: 'zstd is written with a checksum, so that damage is found when it is read',
    faults: ['R7'],
    file: 'src/formats/compression.ts',
    tests: ['test/formats/compression.test.ts'],
    find: '[constants.ZSTD_c_checksumFlag]: 1 }',
    replace: '[constants.ZSTD_c_checksumFlag]: 0 }',
    grep: 'writes zstd with a checksum',
  },
]);

export const decompressorGuards = [...decompressor, ...limit];
