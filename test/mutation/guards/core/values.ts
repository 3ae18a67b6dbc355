/** What users write: durations, sizes, addresses, globs; and the errors they read. */
import { guardsIn } from '../../guard.ts';

const values = guardsIn(
  'src/core/duration.ts',
  ['test/core/duration.test.ts'],
  [
    {
      name: 'core-duration-longest',
      promise: 'a duration that a timer would take for 1 ms is refused',
      faults: ['D10'],
      find: 'ms >= 0 && ms <= LONGEST_TIMER_MS',
      replace: 'ms >= 0',
      grep: 'refuses everything else',
    },
    {
      name: 'core-duration-not-repeated',
      promise: 'a value that is refused is not repeated: it may be a misplaced secret',
      faults: ['D7', 'D10'],
      find: '`${name} must be a duration:',
      replace: '`${name} (${value}) must be a duration:',
      grep: 'and not the value',
    },
    {
      name: 'core-size-exact',
      promise: 'a size is never rounded',
      faults: ['D10'],
      file: 'src/core/size.ts',
      tests: ['test/core/size.test.ts'],
      find: "whole !== '' && scaled % scale === 0n",
      replace: "whole !== ''",
      grep: 'refuses everything else|decimals exactly',
    },
    {
      name: 'core-size-safe',
      promise: 'a size that a number cannot hold is refused',
      faults: ['D10'],
      file: 'src/core/size.ts',
      tests: ['test/core/size.test.ts'],
      find: 'Number.isSafeInteger(bytes) && bytes >= 0',
      replace: 'bytes >= 0',
      grep: 'refuses everything else',
    },
  ],
);

const uri = guardsIn(
  'src/core/uri.ts',
  ['test/core/uri.test.ts'],
  [
    {
      name: 'core-uri-credentials',
      promise: 'credentials in a URI are refused and not repeated',
      faults: ['D7'],
      find: "if (bucket.includes(':') && bucket.includes('@')) {",
      replace: "if (bucket.includes('\\n')) {",
      grep: 'refuses credentials',
    },
    {
      name: 'core-uri-key-bytes',
      promise: 'a key that is too long in bytes is refused before anything is sent',
      faults: ['D6'],
      find: 'const bytes = Buffer.byteLength(key);',
      replace: 'const bytes = key.length;',
      grep: 'in bytes of UTF-8',
    },
    {
      name: 'core-uri-surrogates',
      promise: 'a key that has no UTF-8 form is refused, since it would become another key',
      faults: ['D6'],
      find: 'if (!bucket.isWellFormed() || !key.isWellFormed()) {',
      replace: 'if (!bucket.isWellFormed()) {',
      grep: 'half of a surrogate pair',
    },
    {
      name: 'core-uri-key-opaque',
      promise: 'a key is taken byte for byte: nothing is decoded, nothing is folded',
      faults: ['D6'],
      find: 'rest.slice(slash + 1)]',
      replace: 'decodeURI(rest.slice(slash + 1))]',
      grep: 'keeps every character of a key',
    },
    {
      name: 'core-uri-formats-checked',
      promise: 'no URI is formatted that would be read as another object',
      faults: ['D6'],
      find: 'const { scheme, bucket, key } = checked(uri);',
      replace: 'const { scheme, bucket, key } = uri;',
      grep: 'formats nothing that would parse to something else',
    },
  ],
);

const glob = guardsIn(
  'src/core/glob.ts',
  ['test/core/glob.test.ts'],
  [
    {
      name: 'core-glob-dotted',
      file: 'src/core/glob-match.ts',
      promise: 'a temporary object, a dotted sibling, is matched by no glob that does not say so',
      faults: ['D6'],
      find: "([first]) => first !== '.';",
      replace: '() => true;',
      grep: 'what its table of rules says',
    },
    {
      name: 'core-glob-escaped',
      promise: 'an escaped key matches itself and nothing else',
      faults: ['D6'],
      find: "g, '\\\\$&');",
      replace: "g, '$&');",
      grep: 'when that key is escaped',
    },
    {
      name: 'core-glob-alternatives',
      promise: 'a glob cannot explode into more alternatives than a limit',
      faults: ['D9'],
      find: 'const MAX_ALTERNATIVES = 1_024;',
      replace: 'const MAX_ALTERNATIVES = 1_000_000_000;',
      grep: 'an explosion of braces',
    },
    {
      name: 'core-glob-expanded',
      promise: 'the alternatives of a glob together have a limit',
      faults: ['D9'],
      find: 'const MAX_EXPANDED_LENGTH = 65_536;',
      replace: 'const MAX_EXPANDED_LENGTH = Infinity;',
      grep: 'an explosion of braces',
    },
    {
      name: 'core-glob-length',
      promise: 'a glob beyond its limit is refused',
      faults: ['D9'],
      find: 'if (pattern.length > MAX_PATTERN_LENGTH) {',
      replace: 'if (pattern.length > Infinity) {',
      grep: 'a pattern beyond its limit',
    },
    {
      name: 'core-glob-prefix-well-formed',
      promise: 'the prefix that is listed is never half of a character',
      faults: ['D6'],
      find: 'return prefix.isWellFormed() ? prefix : prefix.slice(0, -1);',
      replace: 'return prefix;',
      grep: 'longest literal beginning',
    },
  ],
);

const errors = guardsIn(
  'src/errors.ts',
  ['test/errors.test.ts'],
  [
    {
      name: 'core-error-knows-better',
      promise: 'what an error knows is not overwritten by what its surroundings know',
      faults: [],
      find: '{ ...details, ...known, outcome }',
      replace: '{ ...known, ...details, outcome }',
      grep: 'keeps what an error knows',
    },
    {
      name: 'core-error-outcome-kept',
      promise: 'an outcome that is unknown or done is never called not done',
      faults: ['P7', 'W4'],
      find: "const outcome = error.outcome === 'not-done' ? (details.outcome ?? error.outcome) : error.outcome;",
      replace: 'const outcome = details.outcome ?? error.outcome;',
      grep: 'never calls not done',
    },
    {
      name: 'core-error-json-without-cause',
      promise: 'an error in a structured log holds no cause',
      faults: ['D7'],
      find: "...Object.entries(this), ['message', this.message]",
      replace: "...Object.entries(this), ['message', this.message], ['cause', this.cause]",
      grep: 'structured log',
    },
    {
      name: 'core-package-missing',
      promise:
        'a missing optional package is named with the line that installs it, and no other failure is taken for that',
      faults: ['D10'],
      file: 'src/core/optional-package.ts',
      tests: ['test/core/optional-package.test.ts'],
      find: "return packages.some((name) => error.message.includes(`'${name}'`));",
      replace: 'return true;',
      grep: 'does not count as missing',
    },
  ],
);

export const valueGuards = [...values, ...uri, ...glob, ...errors];
