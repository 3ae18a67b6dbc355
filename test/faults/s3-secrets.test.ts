import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Duplex, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from '../../src/connectors/s3/config.ts';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import { s3ObjectSink } from '../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../src/connectors/s3/object-source.ts';
import { s3Source } from '../../src/connectors/s3/source.ts';
import type { S3StreamOptions } from '../../src/connectors/s3/stream-options.ts';
import type { Settled } from '../../src/core/settlement.ts';
import type { FaultAction, S3Operation } from '../../src/testing/s3-server/index.ts';
import { document, startEndpoint } from '../connectors/s3/endpoint.ts';
import { BUCKET, QUICK, TINY_LIMITS, patterned, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { reporting } from '../core/telemetry.ts';
import { leavesUploads } from '../support/watches/uploads.ts';

const SECRET = 'canary/secret+access=key';
const TOKEN = 'canary//session+token==';
/** Of the request that is refused: whoever holds it may repeat the request. */
const SIGNATURE = /Signature=[0-9a-f]{64}/;
const BYTES = patterned(1_000);

/** What a user, a log or an exporter could see of a stream that failed. */
interface Seen {
  readonly settled: Settled<unknown>;
  readonly shown: string;
}

type Make = (
  options: S3StreamOptions,
) => { readonly settled: Promise<Settled<unknown>> } & (Readable | Writable | Duplex);

const limits = { ...TINY_LIMITS, maxParts: 100 };
const target = { bucket: BUCKET, key: 'key', partSize: 300, idleTimeout: 150, responseTimeout: 150 };
const source: Make = (options) => s3ObjectSource({ ...target, ...options });
const listing: Make = (options) => s3Source(`s3://${BUCKET}/`, { ...options, join: 'raw' });
const sink =
  (bytes: number): Make =>
  (options) => {
    const { bucket, key, partSize } = target;
    const opened = s3ObjectSink({ bucket, key, partSize, limits, commitTimeout: 600, cleanupTimeout: 200, ...options });
    Readable.from([BYTES.subarray(0, bytes)]).pipe(opened);
    return opened;
  };

/** Runs the stream to its failure, with everything that watches it watching. */
async function failing(make: Make, options: S3StreamOptions): Promise<Seen> {
  let seen: Seen | undefined;
  await reporting(async ({ spans, metrics, events }) => {
    const stream = make({ retry: { ...QUICK, attempts: 2, elapsed: 100 }, timeout: 1_500, ...options });
    const errors: unknown[] = [];
    stream.on('error', (error) => errors.push(error));
    if (stream instanceof Readable) stream.resume();
    await finished(stream).catch((error: unknown) => errors.push(error));
    const settled = await stream.settled;
    const all = { errors, settled, spans: spans(), metrics: await metrics(), events, stream };
    const stacks = [settled.error, ...errors].map((error) => (error as Error | undefined)?.stack);
    seen = {
      settled,
      shown:
        inspect(all, { depth: 12, showHidden: true, maxStringLength: null }) +
        stacks.join() +
        JSON.stringify([errors, settled]),
    };
  });
  assert.ok(seen !== undefined);
  return seen;
}

function assertSilent({ shown }: Seen): void {
  for (const canary of [SECRET, TOKEN, encodeURIComponent(SECRET), encodeURIComponent(TOKEN)]) {
    const at = shown.indexOf(canary);
    assert.equal(at, -1, `'${canary}' leaked: ${shown.slice(Math.max(0, at - 200), at + 100)}`);
  }
  assert.doesNotMatch(shown, SIGNATURE);
  assert.doesNotMatch(shown, /canary/);
}

const paths: readonly { readonly make: Make; readonly of: string; readonly operation: S3Operation }[] = [
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
  const server = useS3Server({ secretAccessKey: SECRET, sessionToken: TOKEN, limits });
  const secret = (port = server.s3.port): S3Settings => {
    const settings = settingsFor(server.s3, port);
    const { accessKeyId } = server.s3;
    const credentials = { accessKeyId, secretAccessKey: SECRET, sessionToken: TOKEN };
    return { ...settings, credentials, timeouts: { read: 300, total: 300, connect: 300 } };
  };

  it('are tried on every request and every failure', () => {
    assert.deepEqual([paths.length, actions.length], [7, 12]);
  });

  for (const { of, make, operation } of paths) {
    it(`are in nothing that ${of} shows when it fails, however it fails`, async () => {
      for (const action of actions) {
        server.s3.putObject(BUCKET, 'key', BYTES);
        const fault = server.s3.on(operation, 'always', action);
        const seen = await failing(make, { config: secret() });
        assert.ok(fault.fired >= 1, `${JSON.stringify(action)} did not take effect`);
        assertSilent(seen);
        fault.remove();
      }
      leavesUploads(server.s3, server.s3.uploads().length);
    });
  }

  it('are in nothing that a client shows that was handed in', async () => {
    server.s3.putObject(BUCKET, 'key', BYTES);
    const { endpoint, region, accessKeyId } = server.s3;
    const credentials = { accessKeyId, secretAccessKey: SECRET, sessionToken: TOKEN };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
    for (const action of actions.slice(2, 8)) {
      const fault = server.s3.on('GetObject', 'always', action);
      const { settled } = await failing((options) => source({ ...options, client }), {});
      assert.ok(fault.fired >= 1);
      // The client itself is the user's: what it shows of itself is not ours to hide.
      assertSilent({ settled, shown: inspect(settled, { depth: 12, showHidden: true }) + JSON.stringify(settled) });
      fault.remove();
    }
    client.destroy();
  });

  it('are in nothing that is shown of wrong ones', async () => {
    server.s3.putObject(BUCKET, 'key', BYTES);
    const { accessKeyId } = server.s3;
    for (const credentials of [
      { accessKeyId, secretAccessKey: 'canary-wrong-key', sessionToken: TOKEN },
      { accessKeyId, secretAccessKey: SECRET, sessionToken: 'canary-wrong-token' },
      { accessKeyId, secretAccessKey: SECRET },
    ]) {
      for (const { make } of paths) {
        const seen = await failing(make, { config: { ...secret(), credentials } });
        assert.match(seen.settled.error?.code ?? '', /^(?:AUTH_FAILED|ACCESS_DENIED)$/);
        assertSilent(seen);
      }
    }
  });

  it('are in nothing that is shown when there is no server, or none that speaks so', async () => {
    for (const endpointUrl of [
      'http://127.0.0.1:9',
      `https://127.0.0.1:${server.s3.port}`,
      'https://no.such.host.invalid',
    ]) {
      const seen = await failing(source, { config: { ...secret(), endpointUrl } });
      assert.match(seen.settled.error?.code ?? '', /^CONNECTION_/);
      assertSilent(seen);
    }
  });

  describe('that the endpoint itself repeats', () => {
    /** All that it was told, in every form in which it could be told back. */
    const echo = ({ headers, url }: IncomingMessage, form: 'header' | 'query' | 'element' | 'page'): string => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
      const token = encodeURIComponent(TOKEN);
      const signed = `https://bucket.s3.amazonaws.com${url}?X-Amz-Security-Token=${token}&X-Amz-Signature=${'ab'.repeat(32)}`;
      if (form === 'header') return `<Code>AccessDenied</Code><Message>told: ${lines.join('\n')}</Message>`;
      if (form === 'query') return `<Code>AccessDenied</Code><Message>GET ${signed} was refused</Message>`;
      if (form === 'page') return lines.join('<br>');
      const canonical = `<CanonicalRequest>${lines.join('\n')}</CanonicalRequest><StringToSign>${signed.replaceAll('&', '&amp;')}</StringToSign>`;
      return `<Code>SignatureDoesNotMatch</Code><Message>no</Message>${canonical}<x-amz-security-token>${TOKEN}</x-amz-security-token>`;
    };

    for (const form of ['header', 'query', 'element', 'page'] as const) {
      it(`as a ${form} are in nothing that is shown`, async () => {
        let repeated = 0;
        await using endpoint = await startEndpoint((request, response) => {
          const told = echo(request, form);
          repeated += Number(told.includes(TOKEN) || told.includes(encodeURIComponent(TOKEN)));
          const body = form === 'page' ? told : document('Error', told.replaceAll(/&(?!amp;)/g, '&amp;'));
          response.writeHead(403, { 'x-echo': String(request.headers['x-amz-security-token']) }).end(body);
        });
        for (const { make } of paths) {
          const seen = await failing(make, { config: { ...secret(), endpointUrl: endpoint.url } });
          assert.match(seen.settled.error?.code ?? '', /^(?:AUTH_FAILED|ACCESS_DENIED|COMMIT_UNKNOWN)$/);
          assertSilent(seen);
        }
        assert.ok(repeated >= paths.length, 'nothing was repeated');
        closeS3Clients();
      });
    }
  });

  it('are in nothing that refuses settings', () => {
    const credentials = { accessKeyId: 'AKID', secretAccessKey: SECRET, sessionToken: TOKEN };
    const malformed: readonly unknown[] = [
      { credentials: { ...credentials, canary: 1 }, endpointUrl: `https://u:${SECRET}@host` },
      { credentials: { accessKeyId: SECRET } },
      { credentials: [SECRET] },
      { credentials: SECRET },
      { region: { secretAccessKey: SECRET } },
      { endpointUrl: `https://host/?X-Amz-Signature=${TOKEN}` },
      { transfer: { partSize: TOKEN } },
    ];
    for (const config of malformed) {
      assert.throws(
        () => s3ObjectSource({ ...target, config: config as S3Settings }),
        (error: Error) => {
          const shown = inspect(error, { depth: 12, showHidden: true }) + JSON.stringify(error);
          assert.match(shown, /CONFIG_INVALID/);
          assert.ok(!shown.includes(SECRET) && !shown.includes(TOKEN), shown);
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
    const error: unknown = await pipeline(from, to).catch((thrown: unknown) => thrown);
    assert.ok(fault.fired >= 1);
    const shown = inspect([error, from, to], { depth: 12, showHidden: true });
    assertSilent({ settled: await to.settled, shown });
  });
});
