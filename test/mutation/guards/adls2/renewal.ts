/** What requests are signed with, and when: tokens and signatures that end during a transfer, clocks that differ. */
import { guardsIn } from '../../guard.ts';

const EXPIRED = 'test/faults/adls-expired.test.ts';
const KEEPING = 'test/connectors/adls2/token-keeping.test.ts';

const tokens = guardsIn(
  'src/connectors/adls2/tokens.ts',
  [EXPIRED],
  [
    {
      name: 'adls-refused-token-renewed',
      promise: 'a request whose token was refused is sent again with another one',
      faults: ['W12'],
      find: "read(error, 'statusCode') === 401 ?",
      replace: "read(error, 'statusCode') === 0 ?",
      grep: 'by AppendFile 3|by GetBlob 3',
    },
    {
      name: 'adls-token-renewed-once',
      promise: 'all requests whose token was refused ask for another one once',
      faults: ['W12'],
      find: 'if (this.#held?.token === refused) {',
      replace: 'if (refused.length > 0) {',
      tests: [KEEPING],
      grep: 'refused late',
    },
    {
      name: 'adls-token-another',
      promise: 'a token that is the same again is not tried again',
      faults: ['W12'],
      find: 'return token === refused ? undefined : token;',
      replace: 'return token;',
      grep: 'the same one again',
    },
    {
      name: 'adls-token-kept-by-nobody',
      promise: 'whoever keeps tokens is made anew where the one that is kept was refused',
      faults: ['W12'],
      find: '      this.#source = this.#identify();\n    }',
      replace: '    }',
      grep: 'by AppendFile 3',
    },
    {
      name: 'adls-token-asked-together',
      promise: 'requests that wait for a token wait for the same one',
      faults: ['W12'],
      find: '    if (this.#asked !== undefined) return this.#asked;\n',
      replace: '',
      tests: [KEEPING],
      grep: 'at the same time',
    },
    {
      name: 'adls-token-of-the-old-identity',
      promise: 'a token that was refused is not taken once more from the identity that keeps it',
      faults: ['W12'],
      find: '      this.#asked = undefined;\n      this.#source = this.#identify();',
      replace: '      this.#source = this.#identify();',
      tests: [KEEPING],
      grep: 'although that was asked already',
    },
    {
      name: 'adls-token-ahead',
      promise: 'a token that is about to end is used on while the next one is asked for',
      faults: ['W12'],
      find: 'if (held === undefined || leftMs <= LAST_MS)',
      replace: 'if (held === undefined || leftMs <= EARLY_MS)',
      tests: [KEEPING],
      grep: 'used on|used to its end',
    },
  ],
);

const times = guardsIn(
  'src/connectors/adls2/untimely.ts',
  [EXPIRED],
  [
    {
      name: 'adls-signature-expired',
      promise: 'a shared access signature that is refused for its time is told as expired, and from one that is wrong',
      faults: ['W12'],
      find: "if (Date.parse(query.get('se') ?? '') <= now) {",
      replace: "if (query.get('se') === null) {",
      grep: 'says so while|answer to a HEAD',
    },
    {
      name: 'adls-signature-early',
      promise: 'a shared access signature whose time has not come is told as such',
      faults: ['W13'],
      find: "Date.parse(query.get('st') ?? '') > now;",
      replace: "query.get('st') === '';",
      grep: 'has not come',
    },
    {
      name: 'adls-clock-told',
      promise: 'a request that is refused for its time says that the clock is wrong, and by how much',
      faults: ['W13'],
      find: 'if (!(Math.abs(sent - now) > MAX_SKEW_MS)) return undefined;',
      replace: 'if (!(Math.abs(sent - now) > 1_000 * MAX_SKEW_MS)) return undefined;',
      tests: ['test/faults/adls-clock.test.ts'],
      grep: 'says so, after one try',
    },
    {
      name: 'adls-clock-not-blamed',
      promise: 'a key that is wrong is not taken for a clock that is',
      faults: ['W13'],
      find: 'const MAX_SKEW_MS = 15 * 60_000;',
      replace: 'const MAX_SKEW_MS = 60_000;',
      tests: ['test/faults/adls-clock.test.ts'],
      grep: 'is not blamed',
    },
  ],
);

export const renewalGuards = [...tokens, ...times];
