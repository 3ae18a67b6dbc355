import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { ROOT_CONTEXT, context as contexts, createNoopMeter, metrics, trace } from '@opentelemetry/api';
import type { ContextManager, Meter } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { postgresProfile } from '../../src/connectors/postgres/config.ts';
import { PostgresClient, pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { s3ObjectSource } from '../../src/connectors/s3/index.ts';
import { BUCKET, QUICK, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { csvRows } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';
import { unhandled } from '../support/unhandled.ts';

const ROWS = 1_000;
const never = (): Promise<never> => new Promise(() => undefined);

/** An `ExportResult`, whose codes are in a package of OpenTelemetry's own. */
const FAILED: unknown = { code: 1, error: new Error('no collector') };

/** Installs something broken; `broke` is called whenever that shows. */
type Install = (broke: () => void) => void;

const thrower = (broke: () => void) => (): never => {
  broke();
  throw new Error('telemetry is broken');
};

/** Takes a moment of the only thread there is. */
const blocker = (broke: () => void) => (): void => {
  broke();
  const until = performance.now() + 5;
  while (performance.now() < until);
};

const tracing = (...spanProcessors: SpanProcessor[]): void =>
  void trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
const exporting = (exporter: SpanExporter): void => tracing(new SimpleSpanProcessor(exporter));
const processing = (parts: Partial<SpanProcessor>): void =>
  tracing({
    onStart: () => undefined,
    onEnd: () => undefined,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    ...parts,
  });
/** A meter all of whose instruments have such an `add` and `record`. */
const metering = (act: () => void): void => {
  const instrument = { add: act, record: act };
  const meter = new Proxy(createNoopMeter(), {
    get: (target, name: keyof Meter) => (name.startsWith('create') ? () => instrument : target[name]),
  });
  metrics.setGlobalMeterProvider({ getMeter: () => meter });
};
const managing = (parts: Partial<ContextManager>): void => {
  const manager: ContextManager = {
    active: () => ROOT_CONTEXT,
    with: (_context, work, thisArg, ...args) => work.call(thisArg, ...args),
    bind: (_context, target) => target,
    enable: () => manager,
    disable: () => manager,
    ...parts,
  };
  contexts.setGlobalContextManager(manager);
  exporting(new InMemorySpanExporter());
};

const INSTALLATIONS: Readonly<Record<string, Install>> = {
  'an exporter that throws': (broke) => exporting({ export: thrower(broke), shutdown: () => Promise.resolve() }),
  'an exporter that never answers': (broke) => exporting({ export: broke, shutdown: never, forceFlush: never }),
  'an exporter that fails': (broke) =>
    exporting({
      export: (_spans, done) => {
        broke();
        done(FAILED as never);
      },
      shutdown: () => Promise.reject(new Error('no collector')),
    }),
  'a processor that throws when a span starts': (broke) => processing({ onStart: thrower(broke) }),
  'a processor that throws when a span ends': (broke) => processing({ onEnd: thrower(broke) }),
  'a processor that blocks': (broke) => processing({ onStart: blocker(broke), onEnd: blocker(broke) }),
  'a sampler that throws': (broke) =>
    void trace.setGlobalTracerProvider(
      new BasicTracerProvider({ sampler: { shouldSample: thrower(broke), toString: () => 'broken' } }),
    ),
  'a context manager that throws': (broke) => managing({ active: thrower(broke), with: thrower(broke) }),
  'a meter provider that throws': (broke) => void metrics.setGlobalMeterProvider({ getMeter: thrower(broke) }),
  'instruments that throw': (broke) => metering(thrower(broke)),
  'instruments that block': (broke) => metering(blocker(broke)),
};

describePostgres('a transfer beside', (context) => {
  const servers = useS3Server();
  beforeEach(() => context().sql('CREATE TABLE loaded (a int, b text)'));
  afterEach(async () => {
    for (const api of [trace, metrics, contexts]) api.disable();
    await closePools();
    await context().sql('DROP TABLE loaded');
  });
  const rows = async (): Promise<unknown> => (await context().sql('SELECT count(*)::int AS n FROM loaded'))[0]?.['n'];

  it('a context manager that begins nothing is done once, where it is a transaction', async () => {
    let broken = 0;
    let calls = 0;
    managing({ with: thrower(() => (broken += 1)) });
    await using db = new PostgresClient('broken', () => postgresProfile('broken', { dsn: context().dsn }));
    await db.transaction(async (tx) => {
      calls += 1;
      await tx.execute('INSERT INTO loaded VALUES (1)');
    });
    assert.ok(broken > 0, 'it did not break');
    assert.deepEqual([calls, await rows()], [1, 1]);
  });

  it('eleven kinds of broken telemetry', () => assert.equal(Object.keys(INSTALLATIONS).length, 11));

  for (const [what, install] of Object.entries(INSTALLATIONS)) {
    it(`${what} succeeds, tries again and fails as it would without`, async () => {
      const rejections = await unhandled(async () => {
        let broken = 0;
        install(() => (broken += 1));
        const { s3 } = servers;
        s3.putObject(BUCKET, 'in', csvRows(ROWS));
        const failing = s3.on('GetObject', 1, { status: 500, code: 'InternalError' });
        const read = (key: string) => s3ObjectSource({ bucket: BUCKET, key, config: settingsFor(s3), retry: QUICK });
        const load = () => pgCopyFrom({ table: 'loaded', config: { dsn: context().dsn } });

        const [source, sink] = [read('in'), load()];
        await pipeline(source, sink);
        assert.equal((await source.settled).outcome, 'done');
        assert.deepEqual([(await sink.settled).outcome, sink.result?.rows, await rows()], ['done', ROWS, ROWS]);

        const [absent, unfed] = [read('nowhere'), load()];
        const error = await rejection(pipeline(absent, unfed));
        assert.equal(error['code'], 'NOT_FOUND');
        assert.deepEqual(
          [(await absent.settled).error?.code, (await unfed.settled).outcome],
          ['NOT_FOUND', 'not-done'],
        );
        assert.equal(await rows(), ROWS);
        assert.equal(failing.fired, 1);
        assert.ok(broken > 0, 'it did not break');
      });
      assert.deepEqual(rejections, []);
    });
  }
});
