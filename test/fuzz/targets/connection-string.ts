/** Connection strings of Azure accounts: what was put together comes apart again, and no message tells a key. */
import fc from 'fast-check';
import { inspect } from 'node:util';
import { parseConnectionString } from '../../../src/connectors/adls2/connection-string.ts';
import { attempt, codeAmong, must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const CANARY = 'canary7/secret+=';
const key = fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const field = fc.tuple(
  fc.constantFrom(
    ...['AccountName', 'AccountKey', 'SharedAccessSignature', 'BlobEndpoint', 'DfsEndpoint', 'EndpointSuffix'],
    ...['DefaultEndpointsProtocol', 'accountkey', '__proto__', 'constructor', '', ' ', 'x'],
  ),
  fc.constantFrom('=', '==', ';=', ' = ', ''),
  fc.oneof(
    fc.constantFrom(CANARY, `sig=${CANARY}`, `https://${CANARY}`, `http://h/?sig=${CANARY}`, 'http', 'https', '', ':'),
    fc.string({ maxLength: 8 }),
  ),
);
const pieces = fc.array(
  field.map((parts) => parts.join('')),
  { maxLength: 8 },
);

export const connectionString: OpenTarget = () =>
  target({
    input: fc.record({ name: fc.stringMatching(/^[a-z0-9]{3,24}$/), key, pieces, times: fc.constantFrom(1, 1, 2_000) }),
    check({ name, key: accountKey, pieces: parts, times }) {
      const whole = `DefaultEndpointsProtocol=https;AccountName=${name};AccountKey=${accountKey};EndpointSuffix=core.windows.net`;
      const expected = { url: `https://${name}.dfs.core.windows.net`, accountName: name, accountKey };
      must(
        JSON.stringify(parseConnectionString(whole)) === JSON.stringify(expected),
        'another connection string than was put together',
      );
      const hostile = parts.join(';').repeat(times);
      try {
        attempt(['CONFIG_INVALID'], () => parseConnectionString(hostile));
        const read = parseConnectionString(hostile);
        must(
          'accountKey' in read ? read.accountKey !== '' : /sig=./.test(read.sasToken),
          'there is no credential in it',
        );
        must(URL.canParse(read.url), 'the address is none');
      } catch (error) {
        codeAmong(error, ['CONFIG_INVALID']);
        must(!inspect(error, { depth: 9, showHidden: true }).includes('canary7'), 'the message tells the key');
      }
    },
  });
