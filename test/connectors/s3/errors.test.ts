import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { aboutObject, classifyS3Error } from '../../../src/connectors/s3/errors.ts';
import { connectorError } from '../../../src/errors.ts';

const failure = (properties: object, message = 'x'): Error => Object.assign(new Error(message), properties);
const answered = (httpStatusCode: number, name: string): Error =>
  failure({ name, $metadata: { httpStatusCode, requestId: 'R1', attempts: 2 } });

const UNCONNECTED = 'the request socket did not establish a connection with the server within 5 ms.';

describe('the errors of S3', () => {
  const cases = [
    { error: answered(404, 'NoSuchKey'), code: 'NOT_FOUND' },
    { error: answered(404, 'NoSuchBucket'), code: 'NOT_FOUND' },
    { error: answered(404, 'NoSuchUpload'), code: 'NOT_FOUND' },
    { error: answered(404, 'NotFound'), code: 'NOT_FOUND' },
    { error: answered(404, 'WhateverThisGatewaySays'), code: 'NOT_FOUND' },
    { error: answered(416, 'InvalidRange'), code: 'RANGE_NOT_SATISFIABLE' },
    { error: answered(403, 'AccessDenied'), code: 'ACCESS_DENIED' },
    { error: answered(403, 'UnknownError'), code: 'ACCESS_DENIED' },
    { error: answered(403, 'InvalidAccessKeyId'), code: 'AUTH_FAILED' },
    { error: answered(403, 'SignatureDoesNotMatch'), code: 'AUTH_FAILED' },
    { error: answered(401, 'Unauthorized'), code: 'AUTH_FAILED' },
    { error: failure({ name: 'CredentialsProviderError' }), code: 'AUTH_FAILED' },
    { error: answered(400, 'ExpiredToken'), code: 'AUTH_EXPIRED' },
    { error: answered(503, 'SlowDown'), code: 'THROTTLED' },
    { error: answered(503, 'Busy'), code: 'THROTTLED' },
    { error: answered(429, 'Busy'), code: 'THROTTLED' },
    { error: answered(400, 'ThrottlingException'), code: 'THROTTLED' },
    { error: answered(500, 'InternalError'), code: 'SERVER_ERROR' },
    { error: answered(200, 'InternalError'), code: 'SERVER_ERROR' },
    { error: answered(502, 'BadGateway'), code: 'SERVER_ERROR' },
    { error: answered(409, 'ConditionalRequestConflict'), code: 'SERVER_ERROR' },
    { error: answered(400, 'RequestTimeout'), code: 'RESPONSE_TIMEOUT' },
    { error: answered(400, 'EntityTooLarge'), code: 'TOO_LARGE' },
    { error: answered(400, 'BadDigest'), code: 'CHECKSUM_MISMATCH' },
    { error: answered(301, 'PermanentRedirect'), code: 'CONFIG_INVALID' },
    { error: answered(400, 'InvalidPart'), code: 'REQUEST_REFUSED' },
    { error: answered(400, 'constructor'), code: 'REQUEST_REFUSED' },
    { error: failure({ code: 'ECONNREFUSED' }), code: 'CONNECTION_FAILED' },
    { error: failure({ code: 'ENOTFOUND' }), code: 'CONNECTION_FAILED' },
    { error: failure({ code: 'EAI_AGAIN' }), code: 'CONNECTION_FAILED' },
    { error: failure({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }), code: 'AUTH_FAILED' },
    { error: failure({ code: 'ERR_SSL_BAD_RECORD_TYPE' }), code: 'CONNECTION_LOST' },
    { error: failure({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), code: 'CONNECTION_FAILED' },
    { error: failure({ code: 'ECONNRESET', name: 'TimeoutError' }), code: 'CONNECTION_LOST' },
    { error: failure({ code: 'EPIPE' }), code: 'CONNECTION_LOST' },
    { error: failure({ name: 'AbortError' }), code: 'CONNECTION_LOST' },
    { error: failure({ name: 'TimeoutError' }, UNCONNECTED), code: 'CONNECT_TIMEOUT' },
    { error: failure({ name: 'TimeoutError' }, 'the request socket timed out'), code: 'RESPONSE_TIMEOUT' },
    { error: failure({}, 'Checksum mismatch: expected "a" but received "b"'), code: 'CHECKSUM_MISMATCH' },
    { error: answered(200, 'RangeError'), code: 'SERVER_ERROR' },
    { error: answered(307, 'TemporaryRedirect'), code: 'CONFIG_INVALID' },
    { error: answered(302, 'Unknown'), code: 'CONFIG_INVALID' },
    { error: answered(304, 'Unknown'), code: 'UNKNOWN' },
    { error: failure({}), code: 'UNKNOWN' },
    { error: 'no error at all', code: 'UNKNOWN' },
  ] as const;
  it('have a case for each rule', () => assert.equal(cases.length, 45));

  for (const { error, code } of cases) {
    const { name, code: low } = Object(error) as { name?: string; code?: string };
    it(`are ${code} for ${low ?? name ?? 'a string'}`, () => {
      assert.equal(classifyS3Error(error, 'read').code, code);
    });
  }

  it('tell a failed condition on a read from one on a write', () => {
    const error = answered(412, 'PreconditionFailed');
    assert.equal(classifyS3Error(error, 'read').code, 'OBJECT_CHANGED');
    assert.equal(classifyS3Error(error, 'write').code, 'ALREADY_EXISTS');
  });

  it('repeat no code that is none', () => {
    const { message, cause } = classifyS3Error(answered(400, 'canary <script> of a page'), 'read');
    assert.equal(message, 'S3 answered 400 Error');
    assert.doesNotMatch(inspect(cause, { showHidden: true }), /canary/);
  });

  it('carry status, request id, tries and the wait that was asked for', () => {
    const error = answered(503, 'SlowDown');
    Object.defineProperty(error, '$response', { value: { headers: { 'retry-after': '3' } } });
    const { status, requestId, attempts, retryAfterMs, connector, message } = classifyS3Error(error, 'read');
    assert.deepEqual(
      { status, requestId, attempts, retryAfterMs, connector },
      { status: 503, requestId: 'R1', attempts: 2, retryAfterMs: 3_000, connector: 's3' },
    );
    assert.equal(message, 'S3 answered 503 SlowDown');
  });

  it('are not worth a retry when the certificate is not trusted', () => {
    assert.equal(classifyS3Error(failure({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'read').retryable, false);
    assert.equal(classifyS3Error(failure({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'read').retryable, false);
    assert.equal(classifyS3Error(failure({ code: 'ECONNREFUSED' }), 'read').retryable, true);
  });

  it('leave ours as they are', () => {
    const ours = connectorError('IDLE_TIMEOUT', 'x');
    assert.equal(classifyS3Error(ours, 'read'), ours);
  });

  it('hold no credential of the SDK’s error', () => {
    const error = failure(
      { name: 'X', $request: { headers: { authorization: 'AWS4 canary-1' } }, token: 'canary-2' },
      'GET https://h/k?X-Amz-Signature=canary-3&X-Amz-Security-Token=canary-4',
    );
    assert.doesNotMatch(inspect(classifyS3Error(error, 'read'), { depth: 12, showHidden: true }), /canary/);
  });

  it('say once which object they are about', () => {
    const named = aboutObject(connectorError('OBJECT_CHANGED', 'it changed', { status: 412, cause: 1 }), 'b', 'a key');
    assert.equal(named.message, 'it changed (s3://b/a key)');
    assert.deepEqual(
      { status: named.status, cause: named.cause, code: named.code },
      { status: 412, cause: 1, code: 'OBJECT_CHANGED' },
    );
    assert.equal(aboutObject(named, 'b', 'a key'), named);
  });
});
