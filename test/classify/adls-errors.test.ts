import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { DataLakeServiceClient, StorageSharedKeyCredential } from '@azure/storage-file-datalake';
import type { DataLakeFileClient, DataLakeFileSystemClient } from '@azure/storage-file-datalake';
import { classifyError } from '../../src/classify/index.ts';
import { classifyAdlsError } from '../../src/connectors/adls2/errors.ts';
import { HTTP_STATUSES } from '../../src/core/http-statuses.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { assertSilent, rejection } from '../support/faults.ts';
import { BLOB, COMMON, DFS, ELSEWHERE } from './adls-codes.ts';

type Meaning = readonly [code: ErrorCode, className: string, retryable: boolean];

const REFUSED: Meaning = ['REQUEST_REFUSED', 'PermanentError', false];
const CONFIG: Meaning = ['CONFIG_INVALID', 'ConfigError', false];
const DENIED: Meaning = ['ACCESS_DENIED', 'AuthError', false];
const AUTH: Meaning = ['AUTH_FAILED', 'AuthError', false];
const MISSING: Meaning = ['NOT_FOUND', 'NotFoundError', false];
const THROTTLED: Meaning = ['THROTTLED', 'TransientError', true];
const FAILED: Meaning = ['SERVER_ERROR', 'TransientError', true];
const CHECKSUM: Meaning = ['CHECKSUM_MISMATCH', 'PermanentError', false];
const EXISTS: Meaning = ['ALREADY_EXISTS', 'PermanentError', false];
const CHANGED: Meaning = ['OBJECT_CHANGED', 'PermanentError', false];
const TOO_LARGE: Meaning = ['TOO_LARGE', 'PermanentError', false];
const UNKNOWN: Meaning = ['UNKNOWN', 'PermanentError', false];
const LOST: Meaning = ['CONNECTION_LOST', 'TransientError', true];

/** What a status means by itself. */
const STATUSES: Readonly<Record<number, Meaning>> = {
  ...{ 301: CONFIG, 304: UNKNOWN, 307: CONFIG, 400: REFUSED, 401: AUTH, 403: DENIED, 404: MISSING, 405: REFUSED },
  408: ['RESPONSE_TIMEOUT', 'TimeoutError', true],
  ...{ 409: REFUSED, 411: REFUSED, 412: CHANGED, 413: TOO_LARGE },
  416: ['RANGE_NOT_SATISFIABLE', 'PermanentError', false],
  ...{ 418: REFUSED, 429: THROTTLED, 500: FAILED, 501: REFUSED, 502: FAILED, 503: THROTTLED, 504: FAILED },
};

/** The codes that mean something else than their status. */
const SPECIAL = new Map<string, Meaning>(
  (
    [
      [AUTH, 'AuthenticationFailed InvalidAuthenticationInfo'],
      [EXISTS, 'AccountAlreadyExists BlobAlreadyExists ContainerAlreadyExists FilesystemAlreadyExists'],
      [EXISTS, 'PathAlreadyExists ResourceAlreadyExists TargetConditionNotMet'],
      [CHECKSUM, 'Crc64Mismatch InvalidMd5 Md5Mismatch'],
      [CONFIG, 'EmptyMetadataKey InvalidMetadata InvalidPropertyName InvalidResourceName MetadataTooLarge'],
      [CONFIG, 'EndpointUnsupportedAccountFeatures HierarchicalNamespaceNotEnabled'],
      [TOO_LARGE, 'BlockCountExceedsLimit BlockListTooLong ContentLengthLargerThanTierLimit'],
      [FAILED, 'AccountBeingCreated ContainerBeingDeleted DestinationPathIsBeingDeleted FilesystemBeingDeleted'],
      [FAILED, 'InternalOperationAbortError'],
      [MISSING, 'SourcePathIsBeingDeleted'],
      [THROTTLED, 'SnapshotOperationRateExceeded'],
      [REFUSED, 'AccountIsDisabled AppendPositionConditionNotMet MaxBlobSizeConditionNotMet'],
      [REFUSED, 'SequenceNumberConditionNotMet LeaseIdMissing LeaseIdMismatch LeaseLost LeaseNotPresent'],
      [REFUSED, 'LeaseIdMismatchWithBlobOperation LeaseIdMismatchWithContainerOperation'],
      [REFUSED, 'LeaseNotPresentWithBlobOperation LeaseNotPresentWithContainerOperation'],
    ] as const
  ).flatMap(([meaning, codes]) => codes.split(' ').map((code): [string, Meaning] => [code, meaning])),
);

const rowsOf = (table: Readonly<Record<number, string>>): [status: number, code: string][] =>
  Object.entries(table).flatMap(([status, codes]) =>
    codes.split(/\s+/).map((code): [number, string] => [Number(status), code]),
  );

/** How the service says it: a code in a header and a body, in the body of either endpoint, or not at all. */
type Wording = 'header and body' | 'body' | 'header' | 'status';

describe('the errors of ADLS Gen2, as the Azure SDK gives them,', () => {
  let answer: (response: ServerResponse, request: IncomingMessage) => void;
  let asked: number;
  let fileSystem: DataLakeFileSystemClient;
  let file: DataLakeFileClient;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => answer(response, request));
  });
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/lake`;
    const credential = new StorageSharedKeyCredential('lake', Buffer.from('canary of the key').toString('base64'));
    const options = { retryOptions: { maxTries: 1 }, redirectOptions: { maxRetries: 0 }, agent: new Agent() };
    fileSystem = new DataLakeServiceClient(url, credential, options).getFileSystemClient('raw');
    file = fileSystem.getFileClient('a/file');
  });
  beforeEach(() => void (asked = 0));
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  /** Of both endpoints: with a body to read, without one, with one to write. */
  const REQUESTS: readonly (() => Promise<unknown>)[] = [
    () => fileSystem.listPaths().next(),
    () => file.append('x', 0, 1),
    () => file.flush(1),
    () => file.read(),
    () => file.getProperties(),
    () => file.create(),
  ];
  const saying =
    (status: number, code: string, wording: Wording): typeof answer =>
    (response, { url = '', method, headers }) => {
      const isDfs = /[?&](?:resource|action)=/.test(url);
      const told = `canary ${headers.authorization ?? ''} ${url}`.replaceAll('&', '&amp;');
      response.setHeader('x-ms-request-id', 'R1');
      if (wording.startsWith('header')) response.setHeader('x-ms-error-code', code);
      response.statusCode = status;
      if (!wording.endsWith('body') || method === 'HEAD' || status === 304) {
        response.end();
        return;
      }
      response.setHeader('content-type', isDfs ? 'application/json;charset=utf-8' : 'application/xml');
      response.end(
        isDfs
          ? JSON.stringify({ error: { code, message: told } })
          : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${told}</Message></Error>`,
      );
    };
  const meaningOf = (error: Error, status?: number): Meaning => {
    const ours = classifyError(error);
    assert.equal(ours.connector, 'adls2', inspect(error));
    assert.equal(ours.status, status, inspect(error));
    assert.ok(ours.requestId === 'R1' || status === undefined);
    assertSilent(ours, 'canary', 'SharedKey');
    return [ours.code, ours.constructor.name, ours.retryable];
  };

  it('all have a code, a class and a word on retrying, at both endpoints, with a body and without', async () => {
    const documented = [...rowsOf(COMMON), ...rowsOf(BLOB), ...rowsOf(DFS)];
    const rows = [...documented, ...rowsOf(ELSEWHERE)];
    assert.deepEqual(
      [documented.length, new Set(documented.map(([, code]) => code)).size, rows.length],
      [178, 142, 188],
    );
    const wrong: unknown[] = [];
    for (const [status, code] of rows) {
      answer = saying(status, code, 'header and body');
      const expected = SPECIAL.get(code) ?? STATUSES[status];
      for (const [n, request] of REQUESTS.entries()) {
        const found = meaningOf(await rejection(request()), status);
        if (inspect(found) !== inspect(expected)) wrong.push([status, code, n, found, expected]);
      }
    }
    assert.deepEqual(wrong, []);
    assert.equal(asked, rows.length * REQUESTS.length);
  });

  it('are told by their code wherever it stands, be it in the header or in the body alone', async () => {
    for (const wording of ['header', 'body'] as const) {
      answer = saying(409, 'FilesystemBeingDeleted', wording);
      for (const request of REQUESTS) {
        const isHead = wording === 'body' && request === REQUESTS[4];
        assert.deepEqual(meaningOf(await rejection(request()), 409), isHead ? REFUSED : FAILED, wording);
      }
    }
  });

  it('are told by status where the code is none that is known, or there is none', async () => {
    assert.deepEqual(
      [...HTTP_STATUSES.keys()].filter((status) => !(status in STATUSES)),
      [302, 303, 308],
    );
    for (const [status, expected] of Object.entries(STATUSES)) {
      for (const wording of ['header and body', 'status'] as const) {
        answer = saying(Number(status), 'Unheard.Of', wording);
        for (const request of REQUESTS) {
          assert.deepEqual(meaningOf(await rejection(request()), Number(status)), expected, `${status} ${wording}`);
        }
      }
    }
  });

  it('are told by status, or the header, where a gateway answers with a page of its own', async () => {
    answer = (response) => {
      response.writeHead(502, { 'content-type': 'application/xml', 'x-ms-request-id': 'R1' });
      response.end('<html><body>canary</html>');
    };
    for (const request of REQUESTS) assert.deepEqual(meaningOf(await rejection(request()), 502), FAILED);
    answer = (response) => {
      response.writeHead(403, {
        ...{ 'content-type': 'application/xml', 'x-ms-request-id': 'R1' },
        'x-ms-error-code': 'AuthenticationFailed',
      });
      response.end('<html><body>canary</html>');
    };
    for (const request of REQUESTS) assert.deepEqual(meaningOf(await rejection(request()), 403), AUTH);
  });

  it('tell a condition that failed by what was asked', async () => {
    answer = saying(412, 'ConditionNotMet', 'header and body');
    const error = await rejection(file.create());
    assert.deepEqual(
      [classifyAdlsError(error, 'read').code, classifyAdlsError(error, 'write').code, classifyError(error).code],
      ['OBJECT_CHANGED', 'ALREADY_EXISTS', 'OBJECT_CHANGED'],
    );
    answer = saying(412, 'SourceConditionNotMet', 'header and body');
    assert.equal(classifyAdlsError(await rejection(file.create()), 'write').code, 'OBJECT_CHANGED');
  });

  it('are told by their shape when no answer came: a reset, nobody there', async () => {
    answer = (response) => void response.socket?.destroy();
    for (const request of REQUESTS) {
      const ours = classifyError(await rejection(request()), { connector: 'adls2' });
      assert.deepEqual([ours.code, ours.retryable, ours.outcome], ['CONNECTION_LOST', true, 'unknown']);
    }
    const nowhere = new DataLakeServiceClient('http://127.0.0.1:1/lake', undefined, { retryOptions: { maxTries: 1 } });
    const refused = await rejection(nowhere.listFileSystems().next());
    assert.deepEqual(meaningOf(refused), ['CONNECTION_FAILED', 'TransientError', true]);
  });

  /** 1,000 bytes are promised, and ten come. */
  const cut = (end: (response: ServerResponse) => void): typeof answer => {
    return (response) => {
      response.writeHead(200, { 'content-length': 1_000, etag: '"1"', 'last-modified': new Date(0).toUTCString() });
      response.write(Buffer.alloc(10), () => end(response));
    };
  };
  const download = async (abortSignal?: AbortSignal): Promise<unknown> => {
    const { readableStreamBody } = await file.read(0, undefined, abortSignal === undefined ? {} : { abortSignal });
    assert.ok(readableStreamBody !== undefined);
    return buffer(readableStreamBody);
  };

  it('are a connection that broke where a body was cut, which the SDK calls an abort that nobody asked for', async () => {
    for (const end of [
      (response: ServerResponse) => response.socket?.end(),
      (response: ServerResponse) => response.socket?.resetAndDestroy(),
    ]) {
      answer = cut(end);
      asked = 0;
      const error = await rejection(download());
      assert.deepEqual([error.name, asked], ['AbortError', 1]);
      const { signal } = new AbortController();
      for (const ours of [classifyAdlsError(error), classifyError(error, { connector: 'adls2', signal })]) {
        assert.deepEqual([ours.code, ours.constructor.name, ours.retryable], LOST);
      }
      assert.equal(classifyError(error).code, 'ABORTED');
    }
  });

  it('are an abort once the signal has fired, however the SDK says it, in the request and in its body', async () => {
    for (const [stalled, request] of [
      [() => undefined, (signal: AbortSignal) => file.getProperties({ abortSignal: signal })],
      [cut(() => undefined), download],
    ] as const) {
      const reached = Promise.withResolvers<undefined>();
      answer = (response, given) => {
        stalled(response, given);
        reached.resolve(undefined);
      };
      const controller = new AbortController();
      const { signal } = controller;
      const failed = rejection(request(signal));
      await reached.promise;
      controller.abort(new Error('enough'));
      const error = classifyError(await failed, { connector: 'adls2', signal });
      assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'ABORTED', signal.reason]);
    }
  });

  it('are recognized behind another error, and those of identities as well', () => {
    const given = Object.assign(new Error('canary'), { name: 'RestError', statusCode: 404, code: 'PathNotFound' });
    assert.equal(classifyError(new Error('it failed', { cause: given })).code, 'NOT_FOUND');
    for (const [name, fields, meaning] of [
      ['CredentialUnavailableError', {}, AUTH],
      ['AuthenticationRequiredError', {}, AUTH],
      ['AuthenticationError', { statusCode: 401, errorResponse: { error: 'invalid_client' } }, AUTH],
      ['AuthenticationError', { statusCode: 503, errorResponse: { error: 'down' } }, FAILED],
      ['AuthenticationError', { statusCode: 429 }, THROTTLED],
      // As releases before 4.14 say it.
      ['AuthenticationRequiredError', { errorCode: 'temporarily_unavailable' }, FAILED],
      ['AggregateAuthenticationError', { errors: [] }, AUTH],
      [
        'AggregateAuthenticationError',
        { errors: [Object.assign(new Error('x'), { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) })] },
        ['AUTH_FAILED', 'AuthError', true],
      ],
    ] as const) {
      const ours = classifyError(Object.assign(new Error('canary AADSTS50034: canary'), { name, ...fields }));
      assert.deepEqual([ours.code, ours.constructor.name, ours.retryable], meaning, name);
      assert.match(ours.message, /AADSTS50034/);
      assertSilent(ours, 'canary');
    }
  });

  it('that are hostile are no more than their shape', () => {
    const hostile = new Proxy(Object.assign(new Error('canary'), { name: 'RestError' }), {
      get: (target, key) => {
        if (key === 'name') return 'RestError';
        if (key === 'response') return { headers: { get: () => assert.fail('canary') } };
        throw new Error(`canary ${String(key)} ${target.name}`);
      },
    });
    for (const error of [hostile, { name: 'RestError', statusCode: -1, code: 'canary of a sentence' }]) {
      const ours = classifyError(error);
      assert.deepEqual([ours.code, ours.connector], ['UNKNOWN', 'adls2']);
      assertSilent(ours, 'canary');
    }
  });
});
