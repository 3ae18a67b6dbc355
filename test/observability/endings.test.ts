import assert from 'node:assert/strict';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ConnectorError } from '../../src/errors.ts';
import { reporting } from '../core/telemetry.ts';
import type { Reported } from '../core/telemetry.ts';
import { describePostgres } from '../support/postgres.ts';
import { ENDINGS, FACTORIES } from './factories.ts';
import type { Case, Ending, Factory, Servers } from './factories.ts';
import { play, profileOf, useServers } from './play.ts';

describePostgres('what is told of every factory and every ending', (context) => {
  const servers = useServers(context);

  it('are twelve factories by four endings', () => assert.equal(FACTORIES.length * ENDINGS.length, 48));

  for (const factory of FACTORIES) {
    for (const ending of ENDINGS) {
      it(`${factory.name}, ${ending}`, () =>
        servers(async (servers) => {
          const played = factory.arrange(ending, servers);
          await reporting(async (reported) => {
            const error = await play(factory, ending, played);
            const telling = { factory, ending, played, servers, error, reported };
            assertSpan(telling);
            assertEvents(telling);
            await assertMetrics(telling);
          });
        }));
    }
  }
});

interface Telling {
  readonly factory: Factory;
  readonly ending: Ending;
  readonly played: Case;
  readonly servers: Servers;
  /** What the stream settled with. */
  readonly error: ConnectorError | undefined;
  readonly reported: Reported;
}

function assertSpan({ factory, ending, played, servers, error, reported }: Telling): void {
  const [caller, span, ...others] = reported.spans();
  assert.equal(others.length, 0);
  assert.equal(span?.name, `connector.${factory.connector}.${factory.operation}`);
  assert.equal(span.kind, SpanKind.CLIENT);
  assert.deepEqual(span.parentSpanContext, caller?.spanContext());
  assert.deepEqual(span.status, { code: ending === 'failure' ? SpanStatusCode.ERROR : SpanStatusCode.UNSET });
  const expected = {
    ...played.attributes,
    ...serverOf(factory, servers),
    'sluice.profile': profileOf(factory, ending),
    'sluice.blocked_ms': Number,
    ...endingAttributes({ factory, ending, played, error }),
  };
  assertLike(span.attributes, expected);
  const retries = span.events.map(({ name, attributes = {} }) => [
    name,
    attributes['error.type'],
    attributes['sluice.attempt'],
  ]);
  assert.deepEqual(retries, ending === 'retry' ? [['retry', played.code, 1]] : []);
}

function endingAttributes({
  factory,
  ending,
  played,
  error,
}: Pick<Telling, 'factory' | 'ending' | 'played' | 'error'>) {
  const { bytes, rows } = factory;
  switch (ending) {
    case 'success':
    case 'retry':
      return {
        'sluice.outcome': 'done',
        'sluice.bytes': bytes,
        ...(rows === undefined ? {} : { 'sluice.rows': rows }),
      };
    case 'abort':
      return { 'sluice.outcome': 'not-done', 'sluice.bytes': Number, 'sluice.stage': 'transfer' };
    case 'failure': {
      const { sqlState, requestId } = error ?? {};
      assert.equal(error?.code, played.code);
      return {
        'sluice.outcome': 'not-done',
        'sluice.bytes': Number,
        'sluice.stage': played.stage,
        'error.type': played.code,
        ...{
          postgres: { 'db.response.status_code': sqlState },
          s3: { 'aws.request_id': requestId },
          adls2: { 'azure.service.request.id': requestId },
        }[factory.connector],
      };
    }
  }
}

function serverOf({ connector }: Factory, { dsn, s3, adls }: Servers): object {
  if (connector === 'adls2') return { 'server.address': '127.0.0.1', 'server.port': adls.port };
  if (connector === 's3') {
    return { 'server.address': '127.0.0.1', 'server.port': s3.port, 'cloud.region': s3.region };
  }
  const { hostname, port, pathname } = new URL(dsn);
  return { 'server.address': hostname, 'server.port': Number(port), 'db.namespace': pathname.slice(1) };
}

function assertEvents({ factory, ending, played, reported }: Telling): void {
  const { events, stages } = reported;
  const expected = {
    success: [['start'], ['end']],
    retry: [['start'], ['retry', played.code], ['end']],
    failure: [['start'], ['error', played.code]],
    abort: [['start'], ['error', 'ABORTED']],
  }[ending];
  const told = events.map(([name, event]) => [name, ...codeOf(event)]);
  assert.deepEqual(told, expected);
  const { connector, operation } = factory;
  const { traceId, spanId } = reported.spans().at(-1)?.spanContext() ?? {};
  const who = { connector, operation, profile: profileOf(factory, ending), traceId, spanId };
  assert.ok(stages.length > 0);
  for (const event of [...stages, ...events.map(([, event]) => event)]) {
    const { connector, operation, profile, traceId, spanId } = event as typeof who;
    assert.deepEqual({ connector, operation, profile, traceId, spanId }, who);
  }
}

async function assertMetrics({ factory, ending, played, reported }: Telling): Promise<void> {
  const found = await reported.metrics();
  const succeeds = ending === 'success' || ending === 'retry';
  const labels = {
    'sluice.profile': profileOf(factory, ending),
    'sluice.outcome': succeeds ? 'done' : 'not-done',
    ...(ending === 'failure' ? { 'error.type': played.code } : {}),
  };
  const values = {
    count: 1,
    latency_ms: 1,
    bytes: succeeds ? factory.bytes : Number,
    blocked_ms: Number,
    ...(ending === 'failure' ? { errors: 1 } : {}),
    ...(succeeds && factory.rows !== undefined ? { rows: factory.rows } : {}),
  };
  const name = `${factory.connector}.${factory.operation}`;
  const flat = Object.fromEntries(Object.entries(found).map(([metric, points]) => [metric, points[0]?.value]));
  assertLike(flat, Object.fromEntries(Object.entries(values).map(([metric, value]) => [`${name}.${metric}`, value])));
  for (const points of Object.values(found))
    assert.deepEqual(
      points.map(({ attributes }) => attributes),
      [labels],
    );
}

function codeOf(event: unknown): unknown[] {
  const { code } = event as { readonly code?: string };
  return code === undefined ? [] : [code];
}

/** The same keys and values; `Number` and `String` stand for any value of theirs. */
function assertLike(actual: Readonly<Record<string, unknown>>, expected: Readonly<Record<string, unknown>>): void {
  const typed = Object.entries(actual).map(([key, value]) => {
    const wanted = expected[key];
    return [
      key,
      wanted === Number && typeof value === 'number'
        ? Number
        : wanted === String && typeof value === 'string'
          ? String
          : value,
    ];
  });
  assert.deepEqual(Object.fromEntries(typed), expected);
}
