import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { INVALID_SPAN_CONTEXT, SpanKind, SpanStatusCode, createNoopMeter, metrics, trace } from '@opentelemetry/api';
import type { Meter, MeterProvider, Span } from '@opentelemetry/api';
import { Operation } from '../../src/core/operation.ts';
import { connectorError } from '../../src/errors.ts';
import { chunked, csvRows } from '../support/bytes.ts';
import { bytes, memorySink, memorySource } from './memory-streams.ts';
import { reporting } from './telemetry.ts';

const INFO = {
  connector: 'postgres',
  operation: 'copy_from',
  profile: 'analytics',
  attributes: { 'db.system.name': 'postgresql', 'db.collection.name': 'events' },
};
const failure = connectorError('BAD_ROW', 'a row does not fit', { stage: 'transfer', line: 7 });

const never = (): never => assert.fail('asked for');
/** A span that was not sampled: it has ids, and nobody will find anything by them. */
const unsampled = (): Span =>
  trace.wrapSpanContext({ ...INVALID_SPAN_CONTEXT, traceId: '1'.repeat(32), spanId: '2'.repeat(16) });

/** What of an event does not depend on the time it took. */
const timeless = ([name, event]: [string, unknown]): [string, unknown] => {
  const { durationMs, traceId, spanId, ...fields } = event as Record<string, unknown>;
  assert.deepEqual([typeof traceId, typeof spanId], ['string', 'string']);
  assert.equal(typeof durationMs, name === 'end' || name === 'error' ? 'number' : 'undefined');
  return [name, fields];
};

describe('an operation', () => {
  it('that succeeds is one span, its metrics and two events', () =>
    reporting(async (reported) => {
      const operation = new Operation(INFO);
      operation.start();
      operation.annotate({ 'server.address': 'db.example' });
      operation.end({ bytes: 100, rows: 3, blockedMs: 12.4 });

      const [span, ...others] = reported.spans();
      assert.deepEqual(others, []);
      assert.equal(span?.name, 'connector.postgres.copy_from');
      assert.equal(span.kind, SpanKind.CLIENT);
      assert.equal(span.status.code, SpanStatusCode.UNSET);
      assert.equal(span.instrumentationScope.name, 'sluice');
      assert.deepEqual(span.attributes, {
        ...INFO.attributes,
        'server.address': 'db.example',
        'sluice.profile': 'analytics',
        'sluice.outcome': 'done',
        'sluice.bytes': 100,
        'sluice.rows': 3,
        'sluice.blocked_ms': 12,
      });

      const attributes = { 'sluice.profile': 'analytics', 'sluice.outcome': 'done' };
      assert.deepEqual(await reported.metrics(), {
        'postgres.copy_from.count': [{ value: 1, attributes }],
        'postgres.copy_from.latency_ms': [{ value: 1, attributes }],
        'postgres.copy_from.bytes': [{ value: 100, attributes }],
        'postgres.copy_from.rows': [{ value: 3, attributes }],
        'postgres.copy_from.blocked_ms': [{ value: 12, attributes }],
      });
      const who = { connector: 'postgres', operation: 'copy_from', profile: 'analytics' };
      assert.deepEqual(reported.events.map(timeless), [
        ['start', { ...who, attributes: INFO.attributes }],
        ['end', { ...who, bytes: 100, rows: 3, blockedMs: 12.4 }],
      ]);
    }));

  it('that fails says with which code, everywhere', () =>
    reporting(async (reported) => {
      const operation = new Operation(INFO);
      operation.start();
      operation.retry(connectorError('THROTTLED', 'slow down'), 1);
      operation.fail(failure, { bytes: 10 });

      const [span] = reported.spans();
      assert.deepEqual(span?.status, { code: SpanStatusCode.ERROR });
      assert.equal(span.attributes['error.type'], 'BAD_ROW');
      assert.equal(span.attributes['sluice.stage'], 'transfer');
      assert.equal(span.attributes['sluice.outcome'], 'not-done');
      assert.deepEqual(
        span.events.map(({ name, attributes }) => [name, attributes]),
        [['retry', { 'error.type': 'THROTTLED', 'sluice.attempt': 1 }]],
      );
      const attributes = { 'sluice.profile': 'analytics', 'sluice.outcome': 'not-done', 'error.type': 'BAD_ROW' };
      assert.deepEqual(await reported.metrics(), {
        'postgres.copy_from.count': [{ value: 1, attributes }],
        'postgres.copy_from.errors': [{ value: 1, attributes }],
        'postgres.copy_from.latency_ms': [{ value: 1, attributes }],
        'postgres.copy_from.bytes': [{ value: 10, attributes }],
      });
      const who = { connector: 'postgres', operation: 'copy_from', profile: 'analytics' };
      assert.deepEqual(reported.events.map(timeless), [
        ['start', { ...who, attributes: INFO.attributes }],
        ['retry', { ...who, code: 'THROTTLED', attempt: 1 }],
        ['error', { ...who, bytes: 10, code: 'BAD_ROW', stage: 'transfer', outcome: 'not-done' }],
      ]);
    }));

  it('that somebody wanted to end has not failed', () =>
    reporting(async (reported) => {
      const operation = new Operation(INFO);
      operation.start();
      operation.fail(connectorError('ABORTED', 'stopped', { stage: 'transfer', cause: new Error('enough') }), {});
      const [span] = reported.spans();
      assert.deepEqual(span?.status, { code: SpanStatusCode.UNSET });
      assert.equal(span.attributes['error.type'], undefined);
      assert.equal(span.attributes['sluice.outcome'], 'not-done');
      const attributes = { 'sluice.profile': 'analytics', 'sluice.outcome': 'not-done' };
      assert.deepEqual(await reported.metrics(), {
        'postgres.copy_from.count': [{ value: 1, attributes }],
        'postgres.copy_from.latency_ms': [{ value: 1, attributes }],
      });
    }));

  it('that ran into the signal of a timeout has failed', () =>
    reporting((reported) => {
      const operation = new Operation(INFO);
      operation.start();
      const cause = new DOMException('the time is over', 'TimeoutError');
      operation.fail(connectorError('ABORTED', 'stopped', { cause }), {});
      const [span] = reported.spans();
      assert.equal(span?.status.code, SpanStatusCode.ERROR);
      assert.equal(span.attributes['error.type'], 'ABORTED');
      return Promise.resolve();
    }));

  it('tells of an error what its connector knows to say', () =>
    reporting((reported) => {
      const operation = new Operation({ ...INFO, describe: ({ line = 0 }) => ({ line }) });
      operation.start();
      operation.retry(failure, 1);
      operation.fail(failure, {});
      const [span] = reported.spans();
      assert.equal(span?.attributes['line'], 7);
      assert.equal(span.events[0]?.attributes?.['line'], 7);
      return Promise.resolve();
    }));

  it('is told nothing more of once it is over, and is not asked for where there is no span', async () => {
    let asked = 0;
    const late = Promise.withResolvers<{ 'server.address': string }>();
    const ask = (): typeof late.promise => {
      asked += 1;
      return late.promise;
    };
    const unseen = new Operation(INFO);
    unseen.start();
    unseen.annotateFrom(ask);
    assert.equal(asked, 0);
    await reporting(async (reported) => {
      const operation = new Operation(INFO);
      operation.start();
      operation.annotateFrom(ask);
      operation.annotateFrom(() => Promise.resolve({ 'server.port': 1 }));
      operation.annotateFrom(() => Promise.reject(new Error('unknown')));
      await turn();
      operation.end({});
      late.resolve({ 'server.address': 'too late' });
      await turn();
      const [span] = reported.spans();
      assert.equal(asked, 1);
      assert.equal(span?.attributes['server.port'], 1);
      assert.equal(span.attributes['server.address'], undefined);
    });
  });

  it('belongs to what was active where it was made, wherever it is begun', () =>
    reporting((reported) => {
      const tracer = trace.getTracer('caller');
      const made = tracer.startActiveSpan('caller', (caller) => {
        caller.end();
        return new Operation(INFO);
      });
      tracer.startActiveSpan('reader', (reader) => {
        made.start();
        reader.end();
      });
      made.end({});
      const [caller, , span] = reported.spans();
      assert.equal(caller?.name, 'caller');
      assert.deepEqual(span?.parentSpanContext, caller.spanContext());
      return Promise.resolve();
    }));

  it('belongs to nothing where it was made before there was a tracer', async () => {
    const made = new Operation(INFO);
    await reporting((reported) => {
      trace.getTracer('reader').startActiveSpan('reader', (reader) => {
        made.start();
        reader.end();
      });
      made.end({});
      const [, span] = reported.spans();
      assert.equal(span?.parentSpanContext, undefined);
      return Promise.resolve();
    });
  });

  it('names no trace to its subscribers where no span is recorded', async () => {
    const heard: unknown[] = [];
    const listener = (event: unknown): number => heard.push(event);
    subscribe('sluice:operation:start', listener);
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: () => unsampled(), startActiveSpan: never }) });
    try {
      new Operation(INFO).start();
      trace.disable();
      new Operation(INFO).start();
    } finally {
      trace.disable();
      unsubscribe('sluice:operation:start', listener);
    }
    const { connector, operation, profile, attributes } = INFO;
    const expected = { connector, operation, profile, attributes };
    assert.deepEqual(heard, [expected, expected]);
    return Promise.resolve();
  });

  it('makes its instruments once for each meter provider, one that comes later too', async () => {
    let instruments = 0;
    const counting = (): MeterProvider => {
      const meter = createNoopMeter();
      const counted = new Proxy(meter, {
        get: (target, name: keyof Meter) => {
          if (name.startsWith('create')) instruments += 1;
          return target[name];
        },
      });
      return { getMeter: () => counted };
    };
    const perProvider: number[] = [];
    try {
      for (const provider of [counting(), counting()]) {
        instruments = 0;
        metrics.setGlobalMeterProvider(provider);
        for (let n = 0; n < 3; n += 1) {
          const operation = new Operation(INFO);
          operation.start();
          operation.end({});
        }
        perProvider.push(instruments);
        metrics.disable();
      }
    } finally {
      metrics.disable();
    }
    assert.deepEqual(perProvider, [6, 6]);
    return Promise.resolve();
  });

  it('is reported once, however often it is begun and ended', () =>
    reporting((reported) => {
      const operation = new Operation(INFO);
      for (let n = 0; n < 2; n += 1) operation.start();
      for (let n = 0; n < 2; n += 1) operation.end({});
      operation.fail(failure, {});
      assert.equal(reported.spans().length, 1);
      assert.deepEqual(
        reported.events.map(([name]) => name),
        ['start', 'end'],
      );
      return Promise.resolve();
    }));

  it('that never began is not reported', () =>
    reporting(async (reported) => {
      const operation = new Operation(INFO);
      operation.end({ bytes: 0 });
      operation.fail(failure, {});
      assert.equal(operation.durationMs, 0);
      assert.deepEqual([reported.spans(), reported.events, await reported.metrics()], [[], [], {}]);
    }));

  it('reports neither messages nor causes, which may quote data', () =>
    reporting(async (reported) => {
      const operation = new Operation(INFO);
      operation.start();
      const error = connectorError('BAD_ROW', 'canary', { cause: new Error('canary'), column: 'canary' });
      operation.retry(error, 1);
      operation.fail(error, {});
      const said = [reported.spans(), reported.events, await reported.metrics()];
      assert.ok(!inspect(said, { depth: 12, showHidden: true }).includes('canary'));
    }));
});

describe('the operation of a stream', () => {
  it('reports bytes, rows and the wait for its neighbour', () =>
    reporting(async (reported) => {
      const data = csvRows(100);
      const { source } = memorySource([data]);
      const { sink } = memorySink();
      await pipeline(source, sink);
      await Promise.all([source.settled, sink.settled]);
      const found = await reported.metrics();
      for (const name of ['memory.get', 'memory.put']) {
        assert.equal(found[`${name}.bytes`]?.[0]?.value, data.length);
        assert.equal(found[`${name}.rows`]?.[0]?.value, 1);
        assert.equal(typeof found[`${name}.blocked_ms`]?.[0]?.value, 'number');
      }
    }));

  it('ends once with the error of the stream', () =>
    reporting(async (reported) => {
      const { sink } = memorySink({}, { flush: () => Promise.reject(new Error('broken')) });
      sink.on('error', () => undefined).end('x');
      const { error } = await sink.settled;
      assert.deepEqual(
        reported.spans().map(({ attributes }) => attributes['error.type']),
        [error?.code],
      );
      assert.deepEqual(
        reported.events.map(([name]) => name),
        ['start', 'error'],
      );
    }));

  it('is not reported when the stream was never used', () =>
    reporting(async (reported) => {
      const { sink } = memorySink();
      sink.destroy();
      await sink.settled;
      assert.deepEqual([reported.spans(), reported.events], [[], []]);
    }));
});

describe('telemetry that throws', () => {
  const broken = (): never => {
    throw new Error('the exporter is broken');
  };
  const brokenSpan = { setAttributes: broken, addEvent: broken, setStatus: broken, end: broken };
  afterEach(() => {
    trace.disable();
    metrics.disable();
  });

  const installations: [string, () => void][] = [
    ['no tracer', () => trace.setGlobalTracerProvider({ getTracer: broken })],
    [
      'no span',
      () => trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: broken, startActiveSpan: broken }) }),
    ],
    [
      'a broken span',
      () => {
        const tracer = { startSpan: () => brokenSpan as never, startActiveSpan: broken };
        trace.setGlobalTracerProvider({ getTracer: () => tracer });
      },
    ],
    ['no meter', () => metrics.setGlobalMeterProvider({ getMeter: broken })],
    ['no instrument', () => metrics.setGlobalMeterProvider({ getMeter: () => ({ createCounter: broken }) as never })],
  ];
  for (const [what, install] of installations) {
    it(`and gives ${what} changes neither success nor failure`, async () => {
      install();
      const { source } = memorySource([bytes('x')]);
      const { sink, received } = memorySink();
      await pipeline(source, sink);
      assert.equal(Buffer.concat(received).toString(), 'x');
      assert.equal((await sink.settled).outcome, 'done');

      const failed = memorySink({}, { flush: () => Promise.reject(new Error('broken')) });
      failed.lifecycle.operation.start();
      failed.lifecycle.operation.retry(failure, 1);
      await assert.rejects(pipeline(chunked(bytes('x')), failed.sink), { code: 'CONNECTION_LOST' });
      assert.equal((await failed.sink.settled).outcome, 'not-done');
    });
  }

  it('in its attributes still ends the span', () => {
    let ended = 0;
    const span = { ...brokenSpan, end: () => (ended += 1) } as never;
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: () => span, startActiveSpan: broken }) });
    for (const end of [(made: Operation) => made.end({}), (made: Operation) => made.fail(failure, {})]) {
      const operation = new Operation(INFO);
      operation.start();
      end(operation);
    }
    assert.equal(ended, 2);
  });
});
