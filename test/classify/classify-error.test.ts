import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inspect, promisify } from 'node:util';
import { classifyError } from '../../src/classify/index.ts';
import * as root from '../../src/index.ts';
import { AbortedError, connectorError } from '../../src/errors.ts';
import { createServerCertificate } from '../../src/testing/postgres/self-signed-certificate.ts';
import { rejection } from '../support/faults.ts';

const error = (message: string, fields: object = {}): Error => Object.assign(new Error(message), fields);
const wrapped = (cause: unknown, depth = 1): unknown =>
  depth === 0 ? cause : new Error('it failed', { cause: wrapped(cause, depth - 1) });

const DUPLICATE = error('duplicate key', { code: '23505', severity: 'ERROR', constraint: 'once', detail: 'c4n4ry' });
const MISSING = error('x', { name: 'NoSuchKey', $fault: 'client', $metadata: { httpStatusCode: 404 } });
const RESET = error('aborted', { code: 'ECONNRESET' });

describe('classifyError', () => {
  it('is exported by the package and by sluice/errors, as one', () => {
    assert.equal(root.classifyError, classifyError);
  });

  it('leaves ours as they are, and finds them behind others', () => {
    const ours = connectorError('IDLE_TIMEOUT', 'x', { stage: 'transfer', cause: error('x', { name: 'AbortError' }) });
    assert.equal(classifyError(ours), ours);
    assert.equal(classifyError(ours, { connector: 's3', signal: AbortSignal.abort() }), ours);
    assert.equal(classifyError(wrapped(ours, 2)), ours);
    const aborted = connectorError('ABORTED', 'x');
    assert.equal(classifyError(wrapped(aborted)), aborted);
  });

  describe('says of an abort that it is one,', () => {
    const reason = error('enough', { code: 'ECONNRESET' });
    const aborted = (given: unknown, expected: unknown, signal?: AbortSignal): void => {
      const ours = classifyError(given, { signal });
      assert.ok(ours instanceof AbortedError, inspect(ours));
      assert.deepEqual(
        [ours.name, ours.code, ours.outcome, ours.retryable],
        ['AbortError', 'ABORTED', 'unknown', false],
      );
      assert.equal(ours.cause, expected);
    };

    it('whatever the vendor calls it, once the signal has fired', () => {
      const signal = AbortSignal.abort(reason);
      for (const dressed of [RESET, DUPLICATE, MISSING, reason, 'a string', undefined])
        aborted(dressed, reason, signal);
      aborted(RESET, undefined, { aborted: true, reason: undefined } as AbortSignal);
    });

    it('and nothing else while the signal has not fired', () => {
      assert.equal(classifyError(RESET, { signal: new AbortController().signal }).code, 'CONNECTION_LOST');
    });

    it('with the reason of the signal, from a pipeline', async () => {
      for (const signal of [AbortSignal.abort(reason), AbortSignal.abort()]) {
        const given = await rejection(pipeline(new Readable({ read: () => undefined }), new PassThrough(), { signal }));
        aborted(given, signal.reason);
      }
    });

    it('with the reason of the signal, from fetch', async () => {
      const timeout = new DOMException('it took too long', 'TimeoutError');
      for (const signal of [AbortSignal.abort(), AbortSignal.abort(timeout)]) {
        aborted(await rejection(fetch('http://127.0.0.1:1', { signal })), signal.reason);
      }
    });

    it('before anything else that the error or its cause tell', () => {
      aborted(
        Object.assign(error('Request aborted', { name: 'AbortError', cause: reason }), { $metadata: {} }),
        reason,
      );
      aborted(
        error('aborted', { code: 'ECONNRESET', cause: error('x', { name: 'AbortError', cause: reason }) }),
        reason,
      );
      aborted(wrapped(error('x', { name: 'AbortError', cause: RESET }), 3), RESET);
    });

    it('and passes on nothing else of a vendor’s', () => {
      const ours = classifyError(error('stopped', { name: 'AbortError', headers: { authorization: 'c4n4ry' } }));
      assert.equal(ours.code, 'ABORTED');
      assert.doesNotMatch(inspect(ours, { showHidden: true, depth: 12 }), /c4n4ry/);
    });
  });

  const CASES: readonly (readonly [given: unknown, code: string, connector?: string | undefined, outcome?: string])[] =
    [
      [DUPLICATE, 'CONSTRAINT_VIOLATION', 'postgres'],
      [wrapped(DUPLICATE, 3), 'CONSTRAINT_VIOLATION', 'postgres'],
      [error('Connection terminated unexpectedly'), 'CONNECTION_LOST', 'postgres', 'unknown'],
      [error('timeout exceeded when trying to connect'), 'POOL_TIMEOUT', 'postgres'],
      [error('x', { code: 'XX000', severity: 'ERROR' }), 'SERVER_ERROR', 'postgres'],
      [error('x', { code: '40003', severity: 'ERROR' }), 'COMMIT_UNKNOWN', 'postgres', 'unknown'],
      [MISSING, 'NOT_FOUND', 's3'],
      [wrapped(MISSING), 'NOT_FOUND', 's3'],
      [error('x', { name: 'InternalError', $metadata: { httpStatusCode: 200 } }), 'SERVER_ERROR', 's3', 'unknown'],
      [error('x', { $metadata: { httpStatusCode: 404 } }), 'NOT_FOUND', 's3'],
      [error('x', { name: 'CredentialsProviderError' }), 'AUTH_FAILED', 's3'],
      [error('x', { code: 'ECONNRESET', $metadata: { attempts: 1 } }), 'CONNECTION_LOST', 's3', 'unknown'],
      [error('x', { name: 'TimeoutError', $metadata: { attempts: 1 } }), 'RESPONSE_TIMEOUT', 's3', 'unknown'],
      [error('x', { code: 'ECONNREFUSED' }), 'CONNECTION_FAILED'],
      [error('x', { code: 'ENOTFOUND' }), 'CONNECTION_FAILED'],
      [error('x', { code: 'EAI_AGAIN' }), 'CONNECTION_FAILED'],
      [error('x', { code: 'EPIPE' }), 'CONNECTION_LOST', undefined, 'unknown'],
      [error('x', { code: 'ETIMEDOUT', syscall: 'read' }), 'CONNECTION_LOST', undefined, 'unknown'],
      [error('x', { code: 'ETIMEDOUT', syscall: 'connect' }), 'CONNECT_TIMEOUT'],
      [
        Object.assign(new AggregateError([error('x', { code: 'ETIMEDOUT', syscall: 'connect' })]), {
          code: 'ETIMEDOUT',
        }),
        'CONNECT_TIMEOUT',
      ],
      [error('x', { code: 'ENOENT', syscall: 'connect' }), 'CONNECTION_FAILED'],
      [error('x', { code: 'ENOENT', syscall: 'open' }), 'UNKNOWN', undefined, 'unknown'],
      [error('x', { code: 'HPE_INVALID_CONSTANT' }), 'CONNECTION_LOST', undefined, 'unknown'],
      [error('x', { code: 'UND_ERR_BODY_TIMEOUT' }), 'IDLE_TIMEOUT', undefined, 'unknown'],
      [error('x', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }), 'AUTH_FAILED'],
      [error('x', { code: 'CERT_HAS_EXPIRED' }), 'AUTH_FAILED'],
      [error('x', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'AUTH_FAILED'],
      [error('x', { code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' }), 'AUTH_FAILED'],
      [error('x', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'CONNECTION_FAILED'],
      [error('x', { code: 'ERR_SSL_SSL/TLS_ALERT_UNEXPECTED_MESSAGE' }), 'CONNECTION_LOST', undefined, 'unknown'],
      // Not Postgres': the libraries that have such codes give no severity.
      [error('x', { code: 'P2002' }), 'UNKNOWN', undefined, 'unknown'],
      [wrapped(RESET, 4), 'UNKNOWN', undefined, 'unknown'],
      [new AggregateError([error('x'), DUPLICATE]), 'CONSTRAINT_VIOLATION', 'postgres'],
      [error('constructor', { name: 'constructor', code: 'constructor' }), 'UNKNOWN', undefined, 'unknown'],
      ['a string', 'UNKNOWN', undefined, 'unknown'],
      [undefined, 'UNKNOWN', undefined, 'unknown'],
      [null, 'UNKNOWN', undefined, 'unknown'],
    ];
  it('goes by no words: what a user says of timeouts, deadlocks and passwords stays a failure of the user', () => {
    const words = [
      'timeout',
      'canceling statement due to user request',
      'deadlock detected',
      'could not serialize access',
      'could not obtain lock',
      'connection reset',
      'password authentication failed for user "x"',
      'no pg_hba.conf entry',
      'SASL authentication failed',
      'not found',
      'access denied',
      'service unavailable, please retry',
    ];
    assert.equal(words.length, 12);
    for (const message of words) assert.equal(classifyError(new RangeError(message)).code, 'UNKNOWN', message);
  });

  it('has a case for each shape', () => assert.equal(CASES.length, 37));

  for (const [given, code, connector, outcome = 'not-done'] of CASES) {
    it(`says ${code}, ${outcome}, of ${inspect(given, { compact: true, breakLength: Infinity }).replace(/\n +at .*|\n/g, '')}`, () => {
      const ours = classifyError(given);
      assert.deepEqual([ours.code, ours.connector, ours.outcome], [code, connector, outcome]);
    });
  }

  it('is told whose an error is, where its shape does not say it', () => {
    const bare = error('x', { code: '23505' });
    assert.equal(classifyError(bare).code, 'UNKNOWN');
    assert.deepEqual(pick(classifyError(bare, { connector: 'postgres' })), ['CONSTRAINT_VIOLATION', 'postgres']);
    const closed = error('x', { code: 'ERR_STREAM_PREMATURE_CLOSE' });
    assert.deepEqual(pick(classifyError(closed, { connector: 's3' })), ['CONNECTION_LOST', 's3']);
    assert.deepEqual(pick(classifyError(wrapped(RESET), { connector: 's3' })), ['CONNECTION_LOST', 's3']);
    assert.deepEqual(pick(classifyError(DUPLICATE, { connector: 's3' })), ['CONSTRAINT_VIOLATION', 'postgres']);
    assert.deepEqual(pick(classifyError('x', { connector: 's3' })), ['UNKNOWN', 's3']);
    assert.deepEqual(pick(classifyError(RESET, { connector: 'another' })), ['CONNECTION_LOST', 'another']);
  });

  it('says where a row is bad, when COPY alone was at work', () => {
    const bad = (where: string): unknown =>
      pick(classifyError(error('x', { code: '22P02', severity: 'ERROR', where })), 'line', 'column');
    assert.deepEqual(bad('COPY t, line 3, column a: "c4n4ry"'), [3, 'a']);
    assert.deepEqual(bad('PL/pgSQL function f(text) line 3 at RAISE\nCOPY t, line 3, column a: "x"'), [
      undefined,
      undefined,
    ]);
  });

  it('knows what Node itself throws: an untrusted certificate, no HTTP, nobody listens, through fetch and without', async () => {
    const { privateKey: key, certificate: cert } = createServerCertificate();
    const server = createServer({ key, cert }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const untrusted = await rejection(fetch(`https://127.0.0.1:${port}`));
    const plain = await rejection(fetch(`http://127.0.0.1:${port}`));
    server.closeAllConnections();
    await promisify(server.close.bind(server))();
    const refused = await rejection(fetch(`http://127.0.0.1:${port}`));
    const [unconnected] = (await once(connect(port, '127.0.0.1'), 'error').catch((caught: unknown) => [
      caught,
    ])) as Error[];
    const given = [untrusted, plain, refused, unconnected];
    assert.deepEqual(
      given.map((thrown) => classifyError(thrown).code),
      ['AUTH_FAILED', 'CONNECTION_LOST', 'CONNECTION_FAILED', 'CONNECTION_FAILED'],
    );
  });

  it('copes with whatever is thrown: getters that throw, causes in a circle, fields of another kind', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('c4n4ry');
        },
      },
    );
    const circle = error('x');
    Object.assign(circle, { cause: circle });
    const odd = { name: 7, code: {}, message: [], cause: 'x', $metadata: null, severity: 1, errors: {} };
    for (const given of [hostile, circle, odd, Symbol('x'), () => 1, 7]) {
      for (const connector of [undefined, 'postgres', 's3'])
        assert.equal(classifyError(given, { connector }).code, 'UNKNOWN');
    }
  });

  it('shows no row and no credential: nothing of Postgres’ words, nothing of an SDK’s requests', () => {
    const row = 'c4n4ry';
    const words = {
      detail: row,
      hint: row,
      where: `COPY t, line 1, column a: "${row}"`,
      internalQuery: row,
      schema: row,
    };
    const states = ['22P02', '23505', '42P01', '40001', '57014', 'P0001', 'XX000'];
    const given = [
      ...states.map((code) => error(row, { ...words, code, severity: 'ERROR', query: row, parameters: [row] })),
      error(`Failed query: ${row}`, {
        params: [row],
        cause: error(row, { ...words, code: '22P02', severity: 'ERROR' }),
      }),
      new AggregateError([error(row, { ...words, code: '22P02', severity: 'ERROR' })]),
      error(`GET https://h/k?X-Amz-Signature=${row}`, { $metadata: {}, $request: { headers: { authorization: row } } }),
      error('x', { $metadata: { httpStatusCode: 403, requestId: `${row} <html>` }, $response: { body: row } }),
      error(`getaddrinfo ENOTFOUND postgresql://u:${row}@h/db`, { code: 'ENOTFOUND', config: { password: row } }),
      error(`postgresql://u:${row}@h/db is no URL`),
    ];
    for (const thrown of given) {
      const ours = classifyError(thrown);
      const shown = inspect(ours, { showHidden: true, depth: 12 }) + JSON.stringify(ours) + String(ours.stack);
      assert.doesNotMatch(shown, /c4n4ry/);
    }
  });
});

function pick(from: object, ...keys: string[]): unknown[] {
  return (keys.length === 0 ? ['code', 'connector'] : keys).map((key): unknown => Reflect.get(from, key));
}
