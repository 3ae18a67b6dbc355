import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { assertSilent, timed } from '../../support/faults.ts';
import { BUCKET, QUICK, assertSameBytes, connectorRejection, patterned, readAll } from './support.ts';
import { startTokenService, stsError } from './token-service.ts';
import type { TokenService } from './token-service.ts';

const SESSION = { accessKeyId: 'session-id', secretAccessKey: 'session/canary+key', sessionToken: 'canary-token==' };
const MASTER = { accessKeyId: 'master-id', secretAccessKey: 'master-canary' };
const ROLE = 'arn:aws:iam::123456789012:role/reader';

describe('credentials of S3 from a token service', () => {
  const bytes = patterned(1_000);
  let s3: S3Server;
  let sts: TokenService;
  let folder: string;
  let tokenFile: string;
  beforeEach(async () => {
    s3 = await startS3Server({ ...SESSION, buckets: [BUCKET] });
    s3.putObject(BUCKET, 'key', bytes);
    sts = await startTokenService(SESSION);
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-token-'));
    tokenFile = path.join(folder, 'token');
    writeFileSync(tokenFile, 'canary.jwt');
  });
  afterEach(async () => {
    closeS3Clients();
    await Promise.all([s3.close(), sts[Symbol.asyncDispose]()]);
    rmSync(folder, { recursive: true });
  });
  const open = (config: object, options: object = {}) =>
    s3ObjectSource({
      ...{ bucket: BUCKET, key: 'key', retry: { ...QUICK, attempts: 2 } },
      config: { endpointUrl: s3.endpoint, region: s3.region, ...config },
      ...options,
    });
  const first = (): Readonly<Record<string, string>> => sts.requests[0] ?? {};
  const assumeRole = (): object => ({ roleArn: ROLE, endpointUrl: sts.endpoint });

  it('are those of a role, assumed with the keys of the profile', async () => {
    const role = { ...assumeRole(), sessionName: 'nightly', externalId: 'external', duration: '30m' };
    assertSameBytes(await readAll(open({ credentials: MASTER, assumeRole: role })), bytes);
    assert.equal(sts.requests.length, 1);
    const { Action, RoleArn, RoleSessionName, ExternalId, DurationSeconds, signedBy } = first();
    assert.deepEqual(
      { Action, RoleArn, RoleSessionName, ExternalId, DurationSeconds, signedBy },
      {
        ...{ Action: 'AssumeRole', RoleArn: ROLE, RoleSessionName: 'nightly' },
        ...{ ExternalId: 'external', DurationSeconds: '1800', signedBy: 'master-id' },
      },
    );
  });

  it('are those of a web identity, which signs nothing', async () => {
    const webIdentity = { roleArn: ROLE, tokenFile, endpointUrl: sts.endpoint };
    assertSameBytes(await readAll(open({ webIdentity })), bytes);
    const { Action, WebIdentityToken, RoleSessionName, signedBy } = first();
    assert.deepEqual(
      { Action, WebIdentityToken, RoleSessionName, signedBy },
      {
        ...{ Action: 'AssumeRoleWithWebIdentity', WebIdentityToken: 'canary.jwt' },
        ...{ RoleSessionName: 'sluice', signedBy: '' },
      },
    );
  });

  it('are those of the token that is in the file by then', async () => {
    const webIdentity = { roleArn: ROLE, tokenFile, endpointUrl: sts.endpoint };
    sts.answer = (response) => {
      sts.answer = undefined;
      writeFileSync(tokenFile, 'replaced.jwt\n');
      stsError(500, 'InternalFailure', 'x')(response);
    };
    assertSameBytes(await readAll(open({ webIdentity })), bytes);
    assert.deepEqual(
      sts.requests.map(({ WebIdentityToken }) => WebIdentityToken),
      ['canary.jwt', 'replaced.jwt'],
    );
  });

  it('are those of a role that a web identity assumes', async () => {
    const webIdentity = { roleArn: 'arn:aws:iam::1:role/first', tokenFile, endpointUrl: sts.endpoint };
    assertSameBytes(await readAll(open({ webIdentity, assumeRole: assumeRole() })), bytes);
    assert.deepEqual(
      sts.requests.map(({ Action, signedBy }) => [Action, signedBy]),
      [
        ['AssumeRoleWithWebIdentity', ''],
        ['AssumeRole', SESSION.accessKeyId],
      ],
    );
  });

  it('are asked for once by all streams of a profile', async () => {
    const config = { credentials: MASTER, assumeRole: assumeRole() };
    for (let n = 0; n < 3; n += 1) assertSameBytes(await readAll(open(config)), bytes);
    assert.equal(sts.requests.length, 1);
  });

  for (const [what, answer, name, code] of [
    ['refuses the role', stsError(403, 'AccessDenied', 'canary'), 'AuthError', 'ACCESS_DENIED'],
    ['refuses the keys', stsError(403, 'InvalidClientTokenId', 'canary'), 'AuthError', 'AUTH_FAILED'],
    ['finds the session expired', stsError(400, 'ExpiredTokenException', 'canary'), 'AuthError', 'AUTH_EXPIRED'],
  ] as const) {
    it(`that ${what} is an ${name} at once, and no request reaches the store`, async () => {
      sts.answer = answer;
      const error = await connectorRejection(readAll(open({ credentials: MASTER, assumeRole: assumeRole() })));
      assert.deepEqual([error.name, error.code, sts.requests.length], [name, code, 1]);
      assertSilent(error, 'master-canary');
      assert.equal(s3.operations.length, 0);
    });
  }

  it('that fails is tried again', async () => {
    sts.answer = (response) => {
      sts.answer = undefined;
      stsError(500, 'InternalFailure', 'x')(response);
    };
    assertSameBytes(await readAll(open({ credentials: MASTER, assumeRole: assumeRole() })), bytes);
    assert.equal(sts.requests.length, 2);
  });

  it('that never answers is a TimeoutError within the deadline', async () => {
    sts.answer = () => undefined;
    const config = { credentials: MASTER, assumeRole: assumeRole() };
    const ms = await timed(async () => {
      const error = await connectorRejection(readAll(open(config, { timeout: 700 })));
      assert.deepEqual([error.name, error.code], ['TimeoutError', 'DEADLINE_EXCEEDED']);
    });
    assert.ok(ms < 3_000, `${ms} ms`);
    assert.equal(s3.operations.length, 0);
  });

  it('that answers with something else is an error, and no request reaches the store', async () => {
    sts.answer = (response) => response.end('<html>canary</html>');
    const error = await connectorRejection(readAll(open({ credentials: MASTER, assumeRole: assumeRole() })));
    assertSilent(error, 'master-canary');
    assert.equal(s3.operations.length, 0);
  });

  it('need the file of the token', async () => {
    const webIdentity = { roleArn: ROLE, tokenFile: '/no/such/token', endpointUrl: sts.endpoint };
    const error = await connectorRejection(readAll(open({ webIdentity })));
    assert.equal(sts.requests.length, 0);
    assert.match(error.message, /^webIdentity\.tokenFile cannot be read: ENOENT/);
    assert.equal(error.code, 'CONFIG_INVALID');
  });

  it('of two kinds are refused when the stream is made', () => {
    const webIdentity = { roleArn: ROLE, tokenFile };
    assert.throws(() => open({ webIdentity, credentials: MASTER }), {
      code: 'CONFIG_INVALID',
      message: /webIdentity: stands for other credentials/,
    });
  });
});
