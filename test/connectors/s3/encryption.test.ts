import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { setSecretsProvider, staticSecrets } from '../../../src/config/secrets.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { s3Profile } from '../../../src/connectors/s3/config.ts';
import type { S3ObjectSinkOptions } from '../../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import type { S3Operation } from '../../../src/testing/s3-server/index.ts';
import { assertSilent } from '../../support/faults.ts';
import {
  BUCKET,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
  settingsFor,
  useS3Server,
} from './support.ts';
import { BYTES, LIMITS, PART, assertNothingLeft, chunked, openSink, stored } from './writing.ts';

const SMALL = patterned(100);
const NAME = 'x-amz-server-side-encryption';

describe('encryption of S3 objects', () => {
  const server = useS3Server({ limits: LIMITS });
  afterEach(() => setSecretsProvider('vault', undefined));
  const configOf = (encryption: S3Settings['encryption']): S3Settings => ({
    ...settingsFor(server.s3),
    ...(encryption === undefined ? {} : { encryption }),
  });
  const write = async (
    data: Buffer,
    encryption: S3Settings['encryption'],
    options: Partial<S3ObjectSinkOptions> = {},
  ): Promise<void> => {
    const sink = openSink(server.s3, { config: configOf(encryption), ...options });
    await pipeline(chunked(data), sink);
    assertSameBytes(stored(server.s3), data);
  };
  /** The headers about encryption of the first request, without what their names begin with. */
  const sent = (operation: S3Operation): object => {
    const [first] = requests(server.s3, operation);
    assert.ok(first !== undefined, `no ${operation}`);
    const about = Object.entries(first.headers).filter(([name]) => name.startsWith(NAME));
    return Object.fromEntries(about.map(([name, value]) => [name.slice(NAME.length), value]));
  };
  const context = { project: 'alpha', data_Class: 'ü' };
  const contextSent = Buffer.from(JSON.stringify(context)).toString('base64');

  for (const [what, encryption, expected] of [
    ['S3', { algorithm: 'AES256' }, { '': 'AES256' }],
    ['KMS', { algorithm: 'aws:kms', kmsKeyId: 'k' }, { '': 'aws:kms', '-aws-kms-key-id': 'k' }],
    ['KMS, twice', { algorithm: 'aws:kms:dsse' }, { '': 'aws:kms:dsse' }],
    [
      'KMS, with the bucket’s key and a context',
      { algorithm: 'aws:kms', bucketKeyEnabled: true, context: JSON.stringify(context) },
      { '': 'aws:kms', '-bucket-key-enabled': 'true', '-context': contextSent },
    ],
  ] as const) {
    it(`is with a key of ${what} as the profile says, of an object that is small and of one in parts`, async () => {
      await write(SMALL, encryption);
      await write(BYTES, encryption);
      assert.deepEqual(sent('PutObject'), expected);
      assert.deepEqual(sent('CreateMultipartUpload'), expected);
      for (const operation of ['UploadPart', 'CompleteMultipartUpload'] as const) assert.deepEqual(sent(operation), {});
      assertSameBytes(
        await readAll(s3ObjectSource({ bucket: BUCKET, key: 'key', config: configOf(undefined) })),
        BYTES,
      );
    });
  }

  it('is what the call says, instead of all that the profile says', async () => {
    const encryption = { algorithm: 'aws:kms', kmsKeyId: 'of-profile' } as const;
    const sse = { algorithm: 'aws:kms', bucketKeyEnabled: false, context } as const;
    await write(SMALL, encryption, { sse });
    assert.deepEqual(sent('PutObject'), { '': 'aws:kms', '-bucket-key-enabled': 'false', '-context': contextSent });
    await write(BYTES, { customerKey: randomBytes(32).toString('base64') }, { sse: 'AES256' });
    assert.deepEqual(sent('CreateMultipartUpload'), { '': 'AES256' });
    assert.deepEqual(sent('UploadPart'), {});
  });

  const customerKey = 'canary0/key+of+thirty+two+bytes0canary12345=';
  const keyMd5 = createHash('md5').update(Buffer.from(customerKey, 'base64')).digest('base64');
  const customer = { '-customer-algorithm': 'AES256', '-customer-key-md5': keyMd5 };

  it('is with a key of the customer, which goes with every part, every read and every question', async () => {
    const encryption = { customerKey };
    await write(BYTES, encryption);
    const config = configOf(encryption);
    const target = { bucket: BUCKET, key: 'key', config };
    for (const partSize of [PART, BYTES.length + 1]) {
      assertSameBytes(await readAll(s3ObjectSource({ ...target, partSize })), BYTES);
    }
    assertSameBytes(await readAll(s3Source(`s3://${BUCKET}/key`, { config })), BYTES);
    await write(SMALL, encryption);
    const all = ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'PutObject'] as const;
    for (const operation of [...all, 'GetObject', 'HeadObject'] as const) assert.deepEqual(sent(operation), customer);
  });

  it('settles a lost commit under the key of the customer', async () => {
    const faults = [
      server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' }),
      server.s3.on('PutObject', 1, { reset: 'after' }),
    ];
    await write(BYTES, { customerKey });
    await write(SMALL, { customerKey });
    assert.deepEqual(
      faults.map(({ fired }) => fired),
      [1, 1],
    );
    for (const operation of ['ListParts', 'HeadObject'] as const) assert.deepEqual(sent(operation), customer);
    assert.equal(requests(server.s3, 'PutObject').length, 1);
  });

  it('keeps the key of the customer as a secret, looked up anew by every stream, and out of every error', async () => {
    setSecretsProvider('vault', staticSecrets({ sse: customerKey }));
    const encryption = { customerKey: 'secret://vault/sse' };
    await write(BYTES, encryption);
    const other = randomBytes(32).toString('base64');
    setSecretsProvider('vault', staticSecrets({ sse: other }));
    const refused = await connectorRejection(
      readAll(s3ObjectSource({ bucket: BUCKET, key: 'key', config: configOf(encryption) })),
    );
    assert.equal(refused.code, 'ACCESS_DENIED');
    const without = await connectorRejection(
      readAll(s3ObjectSource({ bucket: BUCKET, key: 'key', config: configOf(undefined) })),
    );
    assert.equal(without.code, 'REQUEST_REFUSED');
    for (const error of [refused, without]) assertSilent(error, customerKey, other, keyMd5);
  });

  it('that is a secret which is not there fails before anything is sent', async () => {
    setSecretsProvider('vault', staticSecrets({}));
    const sink = openSink(server.s3, { config: configOf({ customerKey: 'secret://vault/sse' }) });
    const error = await connectorRejection(pipeline(chunked(BYTES), sink));
    assert.equal(error.code, 'SECRET_MISSING');
    assert.equal(server.s3.operations.length, 0);
    assertNothingLeft(server.s3);
  });

  const refusals: readonly (readonly [string, S3Settings['encryption'], RegExp])[] = [
    ['a key of KMS for another algorithm', { algorithm: 'AES256', kmsKeyId: 'k' }, /encryption: kmsKeyId and context/],
    ['a context without KMS', { context: '{}' }, /encryption: kmsKeyId and context need/],
    ['a context that is none', { algorithm: 'aws:kms', context: '{"a":1}' }, /encryption\.context: expected a JSON/],
    ['a bucket’s key for DSSE', { algorithm: 'aws:kms:dsse', bucketKeyEnabled: true }, /bucketKeyEnabled needs/],
    ['two keys', { algorithm: 'AES256', customerKey }, /a customerKey stands for an algorithm/],
    ['a key that is too short', { customerKey: 'canary' }, /encryption\.customerKey: expected 32 bytes in base64/],
  ];
  for (const [what, encryption, message] of refusals) {
    it(`refuses ${what}, and repeats no key`, () => {
      const config = encryption === undefined ? {} : { encryption };
      assert.throws(
        () => s3Profile('default', config),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID');
          assert.match(error.message, message);
          assertSilent(error, 'canary');
          return true;
        },
      );
    });
  }

  it('sends no key of a customer over http, whatever is allowed', () => {
    const config = { endpointUrl: 'http://store.example', allowHttp: true, encryption: { customerKey } };
    assert.throws(() => s3Profile('default', config), { message: /encryption: a customerKey is not sent over http/ });
    assert.doesNotThrow(() => s3Profile('default', { ...config, endpointUrl: 'https://store.example' }));
  });

  for (const sse of [
    { algorithm: 'AES256', kmsKeyId: 'k' },
    { algorithm: 'aws:kms:dsse', bucketKeyEnabled: true },
    { algorithm: 'aws:kms', context: { a: 1 } },
    { algorithm: 'rot13' },
  ] as unknown as S3ObjectSinkOptions['sse'][]) {
    it(`refuses the call’s ${JSON.stringify(sse)} before anything is sent`, () => {
      assert.throws(() => openSink(server.s3, { sse }), { code: 'CONFIG_INVALID', message: /sse/ });
    });
  }
});
