import assert from 'node:assert/strict';
import { parseConnectionString } from '../../../src/connectors/adls2/connection-string.ts';
import { assertSilent } from '../../support/faults.ts';

const KEYED = 'AccountName=lake;AccountKey=a+b/cd==';

describe('a connection string of an account', () => {
  const cases: readonly (readonly [text: string, url: string])[] = [
    [KEYED, 'https://lake.dfs.core.windows.net'],
    [`DefaultEndpointsProtocol=https;${KEYED};EndpointSuffix=core.windows.net`, 'https://lake.dfs.core.windows.net'],
    [
      `defaultendpointsprotocol=http;${KEYED};ENDPOINTSUFFIX=core.usgovcloudapi.net;`,
      'http://lake.dfs.core.usgovcloudapi.net',
    ],
    [`${KEYED};BlobEndpoint=https://lake.blob.core.windows.net/`, 'https://lake.blob.core.windows.net'],
    [`${KEYED};DfsEndpoint=http://127.0.0.1:10000/lake`, 'http://127.0.0.1:10000/lake'],
    [` AccountName = lake ; AccountKey = a+b/cd== `, 'https://lake.dfs.core.windows.net'],
  ];
  it('has a case for each way to name the account', () => assert.equal(cases.length, 6));

  for (const [text, url] of cases) {
    it(`names ${url} as '${text.replace('a+b/cd==', '...')}'`, () => {
      assert.deepEqual(parseConnectionString(text), { url, accountName: 'lake', accountKey: 'a+b/cd==' });
    });
  }

  it('may hold a signature in the place of a key, whose `=` are its own', () => {
    const text = 'BlobEndpoint=https://lake.blob.core.windows.net;SharedAccessSignature=sv=1&sig=a%3D';
    const expected = { url: 'https://lake.blob.core.windows.net', sasToken: 'sv=1&sig=a%3D' };
    assert.deepEqual(parseConnectionString(text), expected);
  });

  const refused: readonly (readonly [text: string, message: RegExp])[] = [
    ['', /names no account/],
    ['canary', /names no account/],
    ['AccountKey=canary', /names no account/],
    ['UseDevelopmentStorage=true', /names no account/],
    ['AccountName=lake', /holds neither AccountKey nor a SharedAccessSignature/],
    ['AccountName=lake;AccountKey=;', /holds neither AccountKey nor a SharedAccessSignature/],
    ['AccountName=lake;SharedAccessSignature=sv=canary', /holds neither AccountKey nor a SharedAccessSignature/],
    ['AccountName=lake;AccountKey=canary;SharedAccessSignature=sig=canary', /holds both/],
    ['BlobEndpoint=https://lake.example;AccountKey=canary', /has an AccountKey and no AccountName/],
    ['BlobEndpoint=ftp://canary;AccountName=lake;AccountKey=canary', /no address of http or https/],
    ['BlobEndpoint=canary;AccountName=lake;AccountKey=canary', /no address of http or https/],
  ];
  for (const [text, message] of refused) {
    it(`is refused as '${text}', and never taken for one without a credential`, () => {
      assert.throws(
        () => parseConnectionString(text),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID');
          assert.match(error.message, message);
          assertSilent(error, 'canary');
          return true;
        },
      );
    });
  }
});
