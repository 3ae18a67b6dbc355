import assert from 'node:assert/strict';
import { setSecretsProvider, staticSecrets } from '../../../src/config/secrets.ts';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { BUCKET, assertSameBytes, connectorRejection, patterned, readAll } from './support.ts';

describe('credentials of S3 that are secrets', () => {
  const bytes = patterned(1_000);
  let s3: S3Server;
  beforeEach(async () => {
    s3 = await startS3Server({ accessKeyId: 'id', secretAccessKey: 'key/with+signs' });
    s3.createBucket(BUCKET);
    s3.putObject(BUCKET, 'key', bytes);
  });
  afterEach(async () => {
    closeS3Clients();
    setSecretsProvider('vault', undefined);
    await s3.close();
  });
  const credentials = { accessKeyId: 'secret://vault/id', secretAccessKey: 'secret://vault/key' };
  const open = (config: object) => s3ObjectSource({ bucket: BUCKET, key: 'key', retry: false, config });

  it('are put in place when the client opens, wherever they are written', async () => {
    setSecretsProvider(
      'vault',
      staticSecrets({ id: 'id', key: 'key/with+signs', endpoint: s3.endpoint, region: s3.region }),
    );
    const config = { credentials, endpointUrl: 'secret://vault/endpoint', region: 'secret://vault/region' };
    assertSameBytes(await readAll(open(config)), bytes);
  });

  it('that are missing fail the stream before any request, and name the reference', async () => {
    setSecretsProvider('vault', staticSecrets({ id: 'id' }));
    const error = await connectorRejection(readAll(open({ credentials, endpointUrl: s3.endpoint })));
    assert.equal(error.code, 'SECRET_MISSING');
    assert.match(error.message, /secret:\/\/vault\/key is not there/);
    assert.equal(s3.operations.length, 0);
  });

  it('that are wrong are refused without being shown', async () => {
    setSecretsProvider('vault', staticSecrets({ id: 'id', key: 'canary' }));
    const error = await connectorRejection(readAll(open({ credentials, endpointUrl: s3.endpoint })));
    assert.equal(error.code, 'AUTH_FAILED');
    assert.ok(!JSON.stringify(error).includes('canary'));
  });
});
