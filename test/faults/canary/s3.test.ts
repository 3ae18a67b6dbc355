import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import type { S3StreamOptions } from '../../../src/connectors/s3/stream-options.ts';
import { ConnectorError } from '../../../src/errors.ts';
import type { FaultAction, S3Operation } from '../../../src/testing/s3-server/index.ts';
import { document, startEndpoint } from '../../connectors/s3/endpoint.ts';
import { BUCKET, QUICK, TINY_LIMITS, rejection, settingsFor, useS3Server } from '../../connectors/s3/support.ts';
import { leavesUploads } from '../../support/watches/uploads.ts';
import { SECRET_KEY, SESSION_TOKEN, SIGNATURE, VALUE } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import { hearing, shown } from './hearing.ts';
import { assertTellsNothing as tellsNothing } from './stream.ts';
import type { Make } from './stream.ts';

/** Of the request that is refused: whoever holds it may repeat the request. */
const SIGNED = /Signature=[0-9a-f]{64}/;
const BYTES = Buffer.from(`1,${VALUE}\n`.repeat(50));

const limits = { ...TINY_LIMITS, maxParts: 100 };
const target = { bucket: BUCKET, key: 'key', partSize: 300, idleTimeout: 150, responseTimeout: 150 };
const source: Make<S3StreamOptions> = (options) => s3ObjectSource({ ...target, ...options });
const listing: Make<S3StreamOptions> = (options) => s3Source(`s3://${BUCKET}/`, { ...options, join: 'raw' });
const sink =
  (bytes: number): Make<S3StreamOptions> =>
  (options) => {
    const { bucket, key, partSize } = target;
    const opened = s3ObjectSink({ bucket, key, partSize, limits, commitTimeout: 600, cleanupTimeout: 200, ...options });
    Readable.from([BYTES.subarray(0, bytes)]).pipe(opened);
    return opened;
  };

const assertTellsNothing = (make: Make<S3StreamOptions>, options: S3StreamOptions) =>
  tellsNothing(make, options, SIGNED);

const paths: readonly { readonly make: Make<S3StreamOptions>; readonly of: string; readonly operation: S3Operation }[] =
  [
    { of: 'a read', make: source, operation: 'GetObject' },
    { of: 'a checksum', make: source, operation: 'HeadObject' },
    { of: 'a listing', make: listing, operation: 'ListObjectsV2' },
    { of: 'a PutObject', make: sink(100), operation: 'PutObject' },
    { of: 'the beginning of an upload', make: sink(1_000), operation: 'CreateMultipartUpload' },
    { of: 'a part', make: sink(1_000), operation: 'UploadPart' },
    { of: 'the end of an upload', make: sink(1_000), operation: 'CompleteMultipartUpload' },
  ];

const actions: readonly FaultAction[] = [
  { status: 301, code: 'PermanentRedirect' },
  { status: 400, code: 'ExpiredToken' },
  { status: 403, code: 'AccessDenied' },
  { status: 403, code: 'SignatureDoesNotMatch' },
  { status: 404, code: 'NoSuchBucket' },
  { status: 412, code: 'PreconditionFailed' },
  { status: 500, code: 'InternalError' },
  { status: 503, code: 'SlowDown' },
  { errorInBody: { code: 'InternalError' } },
  { reset: 'before' },
  { reset: 'after' },
  { stall: 'before' },
];

describe('the secrets of S3', () => {
  const server = useS3Server({ secretAccessKey: SECRET_KEY, sessionToken: SESSION_TOKEN, limits });
  const secret = (): S3Settings => ({
    ...settingsFor(server.s3),
    timeouts: { read: 300, total: 300, connect: 300 },
  });

  it('are tried on every request and every failure', () => {
    assert.deepEqual([paths.length, actions.length], [7, 12]);
  });

  for (const { of, make, operation } of paths) {
    it(`are in nothing that ${of} shows when it fails, however it fails`, async () => {
      let failures = 0;
      for (const action of actions) {
        server.s3.putObject(BUCKET, 'key', BYTES);
        const fault = server.s3.on(operation, 'always', action);
        const failure = await assertTellsNothing(make, { config: secret() });
        failures += failure === undefined ? 0 : 1;
        assert.ok(fault.fired >= 1, `${JSON.stringify(action)} did not take effect`);
        fault.remove();
      }
      leavesUploads(server.s3, server.s3.uploads().length);
      // Some are survived: a checksum that nobody can give, an answer that is lost behind a commit.
      assert.ok(failures >= 9, `${failures} failed`);
    });
  }

  it('are in nothing that a client shows that was handed in', async () => {
    server.s3.putObject(BUCKET, 'key', BYTES);
    const { endpoint, region, accessKeyId } = server.s3;
    const credentials = { accessKeyId, secretAccessKey: SECRET_KEY, sessionToken: SESSION_TOKEN };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
    for (const action of actions.slice(2, 8)) {
      const fault = server.s3.on('GetObject', 'always', action);
      // The client itself is the user's: what it shows of itself is not ours to hide.
      await assertTellsNothing((options) => source({ ...options, client }), {});
      assert.ok(fault.fired >= 1);
      fault.remove();
    }
    client.destroy();
  });

  it('are in nothing that is shown of wrong ones', async () => {
    server.s3.putObject(BUCKET, 'key', BYTES);
    const { accessKeyId } = server.s3;
    for (const credentials of [
      { accessKeyId, secretAccessKey: `${SECRET_KEY}-wrong`, sessionToken: SESSION_TOKEN },
      { accessKeyId, secretAccessKey: SECRET_KEY, sessionToken: `${SESSION_TOKEN}-wrong` },
      { accessKeyId, secretAccessKey: SECRET_KEY },
    ]) {
      for (const { make } of paths) {
        const { code = '' } = (await assertTellsNothing(make, { config: { ...secret(), credentials } })) ?? {};
        assert.match(code, /^(?:AUTH_FAILED|ACCESS_DENIED)$/);
      }
    }
  });

  it('are in nothing that is shown when there is no server, or none that speaks so', async () => {
    for (const endpointUrl of [
      'http://127.0.0.1:9',
      `https://127.0.0.1:${server.s3.port}`,
      'https://no.such.host.invalid',
    ]) {
      const { code = '' } = (await assertTellsNothing(source, { config: { ...secret(), endpointUrl } })) ?? {};
      assert.match(code, /^CONNECTION_/);
    }
  });

  describe('that the endpoint itself repeats', () => {
    /** All that it was told, in every form in which it could be told back. */
    const echo = ({ headers, url }: IncomingMessage, form: 'header' | 'query' | 'element' | 'page'): string => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
      const token = encodeURIComponent(SESSION_TOKEN);
      const signed = `https://bucket.s3.amazonaws.com${url}?X-Amz-Security-Token=${token}&X-Amz-Signature=${SIGNATURE}`;
      if (form === 'header') return `<Code>AccessDenied</Code><Message>told: ${lines.join('\n')}</Message>`;
      if (form === 'query') return `<Code>AccessDenied</Code><Message>GET ${signed} was refused</Message>`;
      if (form === 'page') return lines.join('<br>');
      const canonical = `<CanonicalRequest>${lines.join('\n')}</CanonicalRequest><StringToSign>${signed.replaceAll('&', '&amp;')}</StringToSign>`;
      return `<Code>SignatureDoesNotMatch</Code><Message>no</Message>${canonical}<x-amz-security-token>${SESSION_TOKEN}</x-amz-security-token>`;
    };

    for (const form of ['header', 'query', 'element', 'page'] as const) {
      it(`as a ${form} are in nothing that is shown`, async () => {
        let repeated = 0;
        await using endpoint = await startEndpoint((request, response) => {
          const told = echo(request, form);
          repeated += Number(told.includes(SESSION_TOKEN) || told.includes(encodeURIComponent(SESSION_TOKEN)));
          const body = form === 'page' ? told : document('Error', told.replaceAll(/&(?!amp;)/g, '&amp;'));
          response.writeHead(403, { 'x-echo': String(request.headers['x-amz-security-token']) }).end(body);
        });
        for (const { make } of paths) {
          const { code = '' } =
            (await assertTellsNothing(make, { config: { ...secret(), endpointUrl: endpoint.url } })) ?? {};
          assert.match(code, /^(?:AUTH_FAILED|ACCESS_DENIED|COMMIT_UNKNOWN)$/);
        }
        assert.ok(repeated >= paths.length, 'nothing was repeated');
        closeS3Clients();
      });
    }
  });

  it('are in nothing that refuses settings', () => {
    const credentials = { accessKeyId: 'AKID', secretAccessKey: SECRET_KEY, sessionToken: SESSION_TOKEN };
    const malformed: readonly unknown[] = [
      { credentials: { ...credentials, secretKey: SECRET_KEY }, endpointUrl: `https://u:${SECRET_KEY}@host` },
      { credentials: { accessKeyId: SECRET_KEY } },
      { credentials: [SECRET_KEY] },
      { credentials: SECRET_KEY },
      { region: { secretAccessKey: SECRET_KEY } },
      { endpointUrl: `https://host/?X-Amz-Signature=${SESSION_TOKEN}` },
      { transfer: { partSize: SESSION_TOKEN } },
    ];
    for (const config of malformed) {
      assert.throws(
        () => s3ObjectSource({ ...target, config: config as S3Settings }),
        (error: Error) => {
          assert.ok(error instanceof ConnectorError && error.code === 'CONFIG_INVALID');
          assertNoCanary(shown(error));
          return true;
        },
      );
    }
  });

  it('are in nothing that a pipeline rejects with', async () => {
    server.s3.putObject(BUCKET, 'key', BYTES);
    const fault = server.s3.on('UploadPart', 'always', { status: 403, code: 'AccessDenied' });
    const config = secret();
    const from = s3ObjectSource({ ...target, config, retry: QUICK });
    const to = s3ObjectSink({ bucket: BUCKET, key: 'copy', partSize: 300, limits, config, retry: QUICK });
    const heard = await hearing(async (ear) => {
      ear.hear(await rejection(pipeline(ear.watch(from), ear.watch(to))));
    });
    assert.ok(fault.fired >= 1 && heard.errors >= 2);
    assertNoCanary(heard.text);
  });
});
