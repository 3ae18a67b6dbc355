import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Adls2Client, AdlsCallOptions } from '../../src/connectors/adls2/index.ts';
import { adls2 } from '../../src/connectors/registry.ts';
import type { ConnectorError } from '../../src/errors.ts';
import type { AdlsOperation } from '../../src/testing/adls-server/index.ts';
import { useCalling } from '../connectors/adls2/calling.ts';
import { CONTAINER, settingsFor } from '../connectors/adls2/writing.ts';
import { QUICK } from '../connectors/s3/support.ts';
import { reporting } from '../core/telemetry.ts';

const ENDINGS = ['success', 'failure', 'retry', 'abort'] as const;

interface Method {
  readonly name: string;
  readonly operation: string;
  /** The request that fails, is repeated, or is never answered. */
  readonly request: AdlsOperation;
  readonly path?: string;
  readonly container?: string;
  readonly totals?: Readonly<Record<string, number>>;
  /** An abort does not tell what became of it. */
  readonly changes?: true;
  ask(client: Adls2Client, folder: string, options: AdlsCallOptions): Promise<unknown>;
}

const METHODS: readonly Method[] = [
  {
    ...{ name: 'exists', operation: 'exists', request: 'GetBlobProperties', path: 'file' },
    ask: (client, _, options) => client.exists(CONTAINER, 'file', options),
  },
  {
    ...{ name: 'listPaths', operation: 'list_paths', request: 'ListPaths', totals: { rows: 1 } },
    ask: (client, _, options) => Readable.from(client.listPaths(CONTAINER, options)).toArray(),
  },
  {
    ...{ name: 'makeDirs', operation: 'make_dirs', request: 'CreatePathDir', path: 'new', changes: true },
    ask: (client, _, options) => client.makeDirs(CONTAINER, 'new', options),
  },
  {
    ...{ name: 'createContainer', operation: 'create_container', request: 'CreateContainer', container: 'new' },
    ...{ changes: true },
    ask: (client, _, options) => client.createContainer('new', options),
  },
  {
    ...{ name: 'deletePath', operation: 'delete_path', request: 'DeletePath', path: 'file', changes: true },
    ask: (client, _, options) => client.deletePath(CONTAINER, 'file', options),
  },
  {
    ...{ name: 'rename', operation: 'rename', request: 'RenamePath', path: 'file', changes: true },
    ask: (client, _, options) => client.rename(CONTAINER, 'file', 'new', options),
  },
  {
    ...{ name: 'sweepTemporary', operation: 'sweep_temporary', request: 'ListPaths', totals: { rows: 0 } },
    ask: (client, _, options) => client.sweepTemporary(CONTAINER, { olderThan: 0, ...options }),
  },
  {
    ...{ name: 'ping', operation: 'ping', request: 'ListContainers', container: '' },
    ask: (client, _, options) => client.ping({ signal: options.signal }),
  },
  {
    ...{ name: 'uploadFile', operation: 'upload_file', request: 'AppendFile', path: 'new', totals: { bytes: 4 } },
    ask: (client, folder, options) => client.uploadFile(path.join(folder, 'file'), CONTAINER, 'new', options),
  },
  {
    ...{ name: 'downloadFile', operation: 'download_file', request: 'GetBlob', path: 'file', totals: { bytes: 5 } },
    ask: (client, folder, options) => client.downloadFile(CONTAINER, 'file', path.join(folder, 'out'), options),
  },
];

/** What a file's stream repeats, and what stops one whose commit was sent, is told of that stream; a ping is asked once. */
const CASES = METHODS.flatMap((method) =>
  ENDINGS.filter((ending) => {
    if (method.name === 'ping') return ending !== 'retry';
    return !method.name.endsWith('File') || ending === 'success' || ending === 'failure';
  }).map((ending) => ({ method, ending })),
);

describe('what is told of a call of a client of ADLS Gen2', () => {
  const server = useCalling();
  beforeEach(async () => {
    await writeFile(path.join(server.folder, 'file'), 'data');
    server.adls.putFile(CONTAINER, 'file', 'bytes');
  });

  it('are ten methods by their endings', () => assert.equal(CASES.length, 35));

  for (const { method, ending } of CASES) {
    const profile = `${method.name} ${ending}`;
    it(profile, () =>
      reporting(async (reported) => {
        const fault = {
          success: undefined,
          failure: server.adls.on.bind(undefined, method.request, 'always', {
            status: 403,
            code: 'AuthorizationFailure',
          }),
          retry: server.adls.on.bind(undefined, method.request, 1, { status: 503, code: 'ServerBusy' }),
          abort: server.adls.on.bind(undefined, method.request, 'always', { stall: 'before' }),
        }[ending]?.();
        const user = new AbortController();
        const client = adls2.client(profile, settingsFor(server.adls, server.adls.port));
        if (ending === 'abort') void fault?.firstFired.then(() => user.abort(new Error('enough')));
        const error = await trace.getTracer('caller').startActiveSpan('caller', async (caller) => {
          const asked = method.ask(client, server.folder, { signal: user.signal, retry: QUICK });
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
        assert.equal(error?.outcome, error && (method.changes && !isFailed ? 'unknown' : 'not-done'));

        const spans = reported.spans();
        const span = spans.find(({ name }) => name === `connector.adls2.${method.operation}`);
        assert.ok(span !== undefined);
        assert.equal(span.kind, SpanKind.CLIENT);
        assert.deepEqual(span.parentSpanContext, spans.find(({ name }) => name === 'caller')?.spanContext());
        assert.equal(span.status.code, isFailed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
        const { 'azure.service.request.id': requestId, ...attributes } = span.attributes;
        assert.equal(requestId !== undefined, isFailed);
        const told = Object.entries(method.totals ?? {}).map(([name, value]) => [`sluice.${name}`, value]);
        const { container = CONTAINER } = method;
        assert.deepEqual(attributes, {
          ...{ 'azure.resource_provider.namespace': 'Microsoft.Storage', 'sluice.profile': profile },
          ...(container === '' ? {} : { 'sluice.adls2.container': container }),
          ...(method.path === undefined ? {} : { 'sluice.adls2.path': method.path }),
          ...{ 'server.address': '127.0.0.1', 'server.port': server.adls.port },
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
          name.startsWith(`adls2.${method.operation}.`),
        );
        const counted = Object.keys(method.totals ?? {});
        const names = ['count', 'latency_ms', ...(isFailed ? ['errors'] : []), ...(error === undefined ? counted : [])];
        assert.deepEqual(metrics.sort(), names.map((name) => `adls2.${method.operation}.${name}`).sort());
      }),
    );
  }
});
