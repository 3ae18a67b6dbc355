import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { connectors, s3 } from '../../src/connectors/registry.ts';
import type { S3CallOptions, S3Client } from '../../src/connectors/s3/index.ts';
import type { ConnectorError } from '../../src/errors.ts';
import type { S3Operation } from '../../src/testing/s3-server/index.ts';
import { BUCKET, QUICK, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { reporting } from '../core/telemetry.ts';

const ENDINGS = ['success', 'failure', 'retry', 'abort'] as const;

interface Method {
  readonly name: string;
  readonly operation: string;
  /** The request that fails, is repeated, or is never answered. */
  readonly request: S3Operation;
  readonly key?: string;
  readonly totals?: Readonly<Record<string, number>>;
  ask(client: S3Client, folder: string, options: S3CallOptions): Promise<unknown>;
}

const METHODS: readonly Method[] = [
  {
    ...{ name: 'headObject', operation: 'head_object', request: 'HeadObject', key: 'key' },
    ask: (client, _, options) => client.headObject(BUCKET, 'key', options),
  },
  {
    ...{ name: 'deleteObject', operation: 'delete_object', request: 'DeleteObject', key: 'key' },
    ask: (client, _, options) => client.deleteObject(BUCKET, 'key', options),
  },
  {
    ...{ name: 'deletePrefix', operation: 'delete_prefix', request: 'DeleteObjects', key: 'k', totals: { rows: 1 } },
    ask: (client, _, options) => client.deletePrefix(BUCKET, 'k', options),
  },
  {
    ...{ name: 'listObjects', operation: 'list_objects', request: 'ListObjectsV2', totals: { rows: 1 } },
    ask: (client, _, options) => Readable.from(client.listObjects(BUCKET, options)).toArray(),
  },
  {
    ...{ name: 'sweepUploads', operation: 'sweep_uploads', request: 'ListMultipartUploads', totals: { rows: 0 } },
    ask: (client, _, options) => client.sweepUploads({ bucket: BUCKET, olderThan: 0, ...options }),
  },
  {
    ...{ name: 'uploadFile', operation: 'upload_file', request: 'PutObject', key: 'new', totals: { bytes: 4 } },
    ask: (client, folder, options) => client.uploadFile(path.join(folder, 'file'), BUCKET, 'new', options),
  },
  {
    ...{ name: 'downloadFile', operation: 'download_file', request: 'GetObject', key: 'key', totals: { bytes: 5 } },
    ask: (client, folder, options) => client.downloadFile(BUCKET, 'key', path.join(folder, 'out'), options),
  },
];

/** What a file's stream repeats, and what stops one whose commit was sent, is told of that stream. */
const CASES = METHODS.flatMap((method) =>
  ENDINGS.filter((ending) => !method.name.endsWith('File') || ending === 'success' || ending === 'failure').map(
    (ending) => ({ method, ending }),
  ),
);

describe('what is told of a call of a client of S3', () => {
  const server = useS3Server();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'told-'));
    await writeFile(path.join(folder, 'file'), 'data');
    server.s3.putObject(BUCKET, 'key', 'bytes');
  });
  afterEach(() => rm(folder, { recursive: true }));
  afterEach(() => connectors.reset());

  it('are seven methods by their endings', () => assert.equal(CASES.length, 24));

  for (const { method, ending } of CASES) {
    const profile = `${method.name} ${ending}`;
    it(profile, () =>
      reporting(async (reported) => {
        const fault = {
          success: undefined,
          failure: server.s3.on.bind(undefined, method.request, 'always', { status: 403, code: 'AccessDenied' }),
          retry: server.s3.on.bind(undefined, method.request, 1, { status: 500, code: 'InternalError' }),
          abort: server.s3.on.bind(undefined, method.request, 'always', { stall: 'before' }),
        }[ending]?.();
        const user = new AbortController();
        const client = s3.client(profile, settingsFor(server.s3));
        if (ending === 'abort') void fault?.firstFired.then(() => user.abort(new Error('enough')));
        const error = await trace.getTracer('caller').startActiveSpan('caller', async (caller) => {
          const asked = method.ask(client, folder, { signal: user.signal, retry: QUICK });
          const thrown = await asked.then(
            () => undefined,
            (failure: unknown) => failure as ConnectorError,
          );
          caller.end();
          return thrown;
        });
        assert.equal(fault === undefined || fault.fired > 0, true);
        const isFailed = ending === 'failure';
        assert.equal(error?.code, isFailed ? 'ACCESS_DENIED' : ending === 'abort' ? 'ABORTED' : undefined);

        const spans = reported.spans();
        const span = spans.find(({ name }) => name === `connector.s3.${method.operation}`);
        assert.ok(span !== undefined);
        assert.equal(span.kind, SpanKind.CLIENT);
        assert.deepEqual(span.parentSpanContext, spans.find(({ name }) => name === 'caller')?.spanContext());
        assert.equal(span.status.code, isFailed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
        const { 'aws.request_id': requestId, ...attributes } = span.attributes;
        assert.equal(requestId !== undefined, isFailed);
        const told = Object.entries(method.totals ?? {}).map(([name, value]) => [`sluice.${name}`, value]);
        assert.deepEqual(attributes, {
          ...{ 'rpc.system.name': 'aws-api', 'aws.s3.bucket': BUCKET, 'sluice.profile': profile },
          ...(method.key === undefined ? {} : { 'aws.s3.key': method.key }),
          ...{ 'server.address': '127.0.0.1', 'server.port': server.s3.port, 'cloud.region': server.s3.region },
          'sluice.outcome': error?.outcome ?? 'done',
          ...(error === undefined ? (Object.fromEntries(told) as object) : { 'sluice.stage': error.stage }),
          ...(isFailed ? { 'error.type': 'ACCESS_DENIED' } : {}),
        });
        assert.deepEqual(
          span.events.map(({ name }) => name),
          ending === 'retry' ? ['retry'] : [],
        );
        const own = reported.events.filter(
          ([, event]) => (event as { operation?: string }).operation === method.operation,
        );
        assert.deepEqual(
          own.map(([name]) => name),
          ['start', ...(ending === 'retry' ? ['retry'] : []), error === undefined ? 'end' : 'error'],
        );
        const metrics = Object.keys(await reported.metrics()).filter((name) =>
          name.startsWith(`s3.${method.operation}.`),
        );
        const counted = Object.keys(method.totals ?? {});
        const names = ['count', 'latency_ms', ...(isFailed ? ['errors'] : []), ...(error === undefined ? counted : [])];
        assert.deepEqual(metrics.sort(), names.map((name) => `s3.${method.operation}.${name}`).sort());
      }),
    );
  }
});
