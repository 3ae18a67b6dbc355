import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import type { RawReply } from '../../support/raw-reply.ts';
import { element, presigned, send } from './raw-client.ts';
import type { SignOptions } from './raw-client.ts';
import { bytesOf, sdkClient } from './sdk-client.ts';

describe('S3 server: signatures', () => {
  const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);
  let server: S3Server;

  beforeEach(async () => {
    server = await startS3Server({ buckets: ['bucket'], secretAccessKey: 'canary-secret' });
    server.putObject('bucket', 'key', 'data');
  });

  afterEach(() => server.close());

  const code = (reply: RawReply): readonly unknown[] => [reply.status, element(reply, 'Code')];
  const get = (sign: SignOptions | false): Promise<RawReply> => send(server, { path: '/bucket/key', sign });
  const getPresigned = (options: SignOptions & { expires?: number }): Promise<RawReply> =>
    send(server, { path: '/bucket/key', sign: false, query: presigned(server, { path: '/bucket/key' }, options) });

  it('refuses what is unsigned, wrongly signed or signed for elsewhere', async () => {
    assert.deepEqual(code(await get(false)), [403, 'AccessDenied']);
    assert.deepEqual(code(await get({ secretAccessKey: 'wrong' })), [403, 'SignatureDoesNotMatch']);
    assert.deepEqual(code(await get({ accessKeyId: 'stranger' })), [403, 'InvalidAccessKeyId']);
    const elsewhere = await get({ region: 'eu-west-1' });
    assert.deepEqual(code(elsewhere), [400, 'AuthorizationHeaderMalformed']);
    assert.equal(element(elsewhere, 'Region'), 'us-east-1');
    assert.equal(element(await get({ secretAccessKey: 'wrong' }), 'SignatureProvided')?.length, 64);
    const malformed = { authorization: 'AWS4-HMAC-SHA256 nonsense', 'x-amz-content-sha256': '', 'x-amz-date': '' };
    const nonsense = await send(server, { path: '/bucket/key', sign: false, headers: malformed });
    assert.deepEqual(code(nonsense), [400, 'AuthorizationHeaderMalformed']);
    const version2 = await send(server, { path: '/', sign: false, headers: { authorization: 'AWS key:signature' } });
    assert.deepEqual(code(version2), [400, 'InvalidRequest']);
  });

  it('accepts clocks a quarter of an hour apart and no more', async () => {
    assert.equal((await get({ time: minutes(-14) })).status, 200);
    assert.equal((await get({ time: minutes(14) })).status, 200);
    for (const off of [-16, 16]) {
      const reply = await get({ time: minutes(off) });
      assert.deepEqual(code(reply), [403, 'RequestTimeTooSkewed']);
      assert.ok(reply.headers.date);
    }
  });

  it('lets the SDK correct its clock from the refusal', async () => {
    await using ahead = await startS3Server({ buckets: ['bucket'], now: () => minutes(60) });
    ahead.putObject('bucket', 'key', 'data');
    const client = sdkClient(ahead, { maxAttempts: 2 });
    const answer = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' }));
    assert.equal((await bytesOf(answer)).toString(), 'data');
    client.destroy();
    assert.deepEqual(
      ahead.operations.map(({ status }) => status),
      [403, 200],
    );
  });

  it('wants every x-amz- header signed', async () => {
    const { signed, sendAs } = await import('./raw-client.ts');
    const what = { path: '/bucket/key' };
    const { headers } = signed(server, what);
    const reply = await sendAs(server, what, { ...headers, 'x-amz-meta-smuggled': 'x' });
    assert.deepEqual(
      [...code(reply), element(reply, 'HeadersNotSigned')],
      [403, 'AccessDenied', 'x-amz-meta-smuggled'],
    );
  });

  it('accepts presigned URLs until they expire', async () => {
    assert.equal((await getPresigned({})).body.toString(), 'data');
    const expired = await getPresigned({ time: minutes(-2), expires: 60 });
    assert.deepEqual([...code(expired), element(expired, 'Message')], [403, 'AccessDenied', 'Request has expired']);
    assert.deepEqual(code(await getPresigned({ secretAccessKey: 'wrong' })), [403, 'SignatureDoesNotMatch']);
    assert.deepEqual(code(await getPresigned({ expires: 604_801 })), [400, 'AuthorizationQueryParametersError']);
    const what = { method: 'PUT', path: '/bucket/put' };
    const put = await send(server, { ...what, sign: false, query: presigned(server, what), body: 'presigned' });
    assert.equal(put.status, 200);
    assert.equal(server.getObject('bucket', 'put')?.toString(), 'presigned');
  });

  it('wants the session token that belongs to the key', async () => {
    server.addCredentials({ accessKeyId: 'temporary', secretAccessKey: 'canary-secret', sessionToken: 'canary-token' });
    const temporary = { accessKeyId: 'temporary', token: 'canary-token' };
    assert.equal((await get(temporary)).status, 200);
    assert.equal((await getPresigned(temporary)).status, 200);
    assert.deepEqual(code(await get({ ...temporary, token: 'other' })), [400, 'InvalidToken']);
    assert.deepEqual(code(await get({ accessKeyId: 'temporary' })), [403, 'InvalidAccessKeyId']);
    assert.deepEqual(code(await get({ token: 'uncalled-for' })), [400, 'InvalidToken']);
    server.expireCredentials('temporary');
    assert.deepEqual(code(await get(temporary)), [400, 'ExpiredToken']);
    assert.equal(server.operations.at(-1)?.accessKeyId, 'temporary');
  });

  it('keeps secrets, tokens and signatures out of the log', async () => {
    await get({ token: 'canary-token' });
    await getPresigned({ token: 'canary-token' });
    const text = inspect(server.operations, { depth: null });
    assert.doesNotMatch(text, /canary|signature|authorization/i);
  });
});
