/** A header is dropped, and nothing else. */
import { guardsIn } from '../../guard.ts';

export const headerGuards = guardsIn(
  'src/formats/skip-header.ts',
  ['test/formats/skip-header.test.ts'],
  [
    {
      name: 'formats-header-quotes',
      promise: 'a line break within quotes does not end the header',
      faults: ['D1'],
      file: 'src/formats/header-end.ts',
      find: 'if (byte === this.#quote) this.#isQuoted = !this.#isQuoted;',
      replace: 'if (byte === this.#quote) this.#isQuoted = false;',
      grep: 'newline inside quotes',
    },
    {
      name: 'formats-header-lone-return',
      promise: 'a header may end with a lone CR, and no byte of the body goes with it',
      faults: ['D1'],
      file: 'src/formats/header-end.ts',
      find: "this.#found('\\r', at)",
      replace: "this.#found('\\r', at + 1)",
      grep: 'drops the line up to a lone CR',
    },
    {
      name: 'formats-header-cut-anywhere',
      promise: 'what is dropped does not depend on how the bytes were cut',
      faults: ['D3'],
      file: 'src/formats/header-end.ts',
      find: '    for (let at = 0; at < chunk.length; at += 1) {\n      const byte',
      replace: '    this.#sawReturn = false;\n    for (let at = 0; at < chunk.length; at += 1) {\n      const byte',
      grep: 'every way to cut the input',
    },
    {
      name: 'formats-header-bounded',
      promise: 'a quote that is never closed does not drop a file without an end',
      faults: ['D2'],
      find: 'if (!isInBody && header.bytes > maxHeaderBytes) {',
      replace: 'if (!isInBody && header.bytes > Infinity) {',
      grep: 'refuses a header above maxHeaderBytes',
    },
    {
      name: 'formats-header-final-newline',
      promise: 'the last record of one object and the first of the next do not become one',
      faults: ['D1'],
      find: "if (ensureFinalNewline && missing !== '') this.push(missing);",
      replace: '',
      grep: 'without running records together',
    },
  ],
);
