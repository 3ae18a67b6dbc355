import assert from 'node:assert/strict';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { PostgresClient } from '../../src/connectors/postgres/index.ts';
import { connectors, postgres } from '../../src/connectors/registry.ts';
import type { ConnectorError, ErrorCode } from '../../src/errors.ts';
import { reporting } from '../core/telemetry.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import { throughProxy } from '../support/faults.ts';
import { watchStages } from '../support/stage-events.ts';

const ENDINGS = ['success', 'failure', 'retry', 'abort'] as const;

interface Options {
  readonly signal: AbortSignal;
}

interface Method {
  readonly name: string;
  readonly operation: string;
  readonly rows?: number;
  succeed(db: PostgresClient, options: Options): Promise<unknown>;
  /** By what the server refuses; undefined where it refuses nothing. */
  fail?(db: PostgresClient, options: Options): Promise<unknown>;
}

const BAD = 'SELECT 1 / 0';
type Ask = (db: PostgresClient, sql: string, options: Options) => Promise<unknown>;
const statement = (name: string, operation: string, ask: Ask): Method => ({
  name,
  operation,
  rows: 3,
  succeed: (db, options) => ask(db, 'SELECT n FROM generate_series(1, 3) AS n', options),
  fail: (db, options) => ask(db, BAD, options),
});

const METHODS: readonly Method[] = [
  statement('query', 'query', (db, sql, options) => db.query(sql, [], options)),
  statement('queryOne', 'query', (db, sql, options) => db.queryOne(sql, [], options)),
  statement('queryValue', 'query', (db, sql, options) => db.queryValue(sql, [], options)),
  statement('execute', 'execute', (db, sql, options) => db.execute(sql, [], options)),
  {
    name: 'executeMany',
    operation: 'execute_many',
    rows: 2,
    succeed: (db, options) => db.executeMany('INSERT INTO called VALUES ($1)', [[1], [2]], options),
    fail: (db, options) => db.executeMany('INSERT INTO called VALUES (1 / $1::int)', [[0]], options),
  },
  {
    name: 'transaction',
    operation: 'transaction',
    succeed: (db, options) => db.transaction(() => 7, options),
    fail: (db, options) => db.transaction((tx) => tx.execute(BAD), options),
  },
  {
    name: 'begin',
    operation: 'transaction',
    async succeed(db, options) {
      const tx = await db.begin(options);
      await tx.commit();
    },
  },
  {
    name: 'connection',
    operation: 'connection',
    async succeed(db, options) {
      await using client = await db.connection(options);
      assert.equal(typeof client.processID, 'number');
    },
  },
  { name: 'ping', operation: 'ping', succeed: (db, options) => db.ping(options) },
];

/** The endings of each; nothing repeats a ping, which says what is. */
const CASES = METHODS.flatMap((method) =>
  ENDINGS.filter(
    (ending) => (ending !== 'failure' || method.fail !== undefined) && (ending !== 'retry' || method.name !== 'ping'),
  ).map((ending) => ({ method, ending })),
);

describePostgres('what is told of a call of a client', (context) => {
  beforeEach(() => context().sql('DROP TABLE IF EXISTS called; CREATE TABLE called (a int)'));
  afterEach(() => connectors.reset());

  it('are nine methods by their endings', () => assert.equal(CASES.length, 32));

  for (const { method, ending } of CASES) {
    const profile = `${method.name} ${ending}`;
    it(profile, () =>
      throughProxy(context().dsn, async ({ proxy, dsn }) => {
        await reporting(async (reported) => {
          if (ending === 'retry') proxy.plan(({ number }) => (number === 1 ? { refuse: true } : undefined));
          const db = postgres.client(profile, { dsn, retries: { attempts: 2, minDelay: 1 } });
          const abort = new AbortController();
          using stages = watchStages(profile);
          const last = method.name === 'ping' ? 'transfer' : 'open';
          if (ending === 'abort') stages.at(last, () => abort.abort(new Error('enough')));
          const how = ending === 'failure' ? 'fail' : 'succeed';
          const error = await trace.getTracer('caller').startActiveSpan('caller', async (caller) => {
            const thrown = await method[how]?.(db, { signal: abort.signal }).then(
              () => undefined,
              (error: unknown) => error as ConnectorError,
            );
            caller.end();
            return thrown;
          });
          assert.equal(
            error?.code,
            { success: undefined, retry: undefined, failure: 'BAD_ROW', abort: 'ABORTED' }[ending],
          );

          const spans = reported.spans();
          const span = spans.find(({ name }) => name === `connector.postgres.${method.operation}`);
          const caller = spans.find(({ name }) => name === 'caller');
          assert.equal(span?.kind, SpanKind.CLIENT);
          assert.deepEqual(span.parentSpanContext, caller?.spanContext());
          const isFailed = ending === 'failure';
          assert.equal(span.status.code, isFailed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
          const { hostname, port, pathname } = new URL(dsn);
          const outcome = error === undefined ? 'done' : 'not-done';
          const server = { 'server.address': hostname, 'server.port': Number(port), 'db.namespace': pathname.slice(1) };
          assert.deepEqual(span.attributes, {
            'db.system.name': 'postgresql',
            'sluice.profile': profile,
            ...server,
            'sluice.outcome': outcome,
            ...(error === undefined && method.rows !== undefined ? { 'sluice.rows': method.rows } : {}),
            ...(error === undefined ? {} : { 'sluice.stage': error.stage }),
            ...(isFailed ? { 'error.type': 'BAD_ROW', 'db.response.status_code': '22012' } : {}),
          });
          assert.deepEqual(
            span.events.map(({ name, attributes: told }) => [name, told?.['sluice.attempt']]),
            ending === 'retry' ? [['retry', 1]] : [],
          );

          const own = reported.events.filter(
            ([, event]) => (event as { operation?: string }).operation === method.operation,
          );
          assert.deepEqual(
            own.map(([name, event]) => [name, (event as { code?: ErrorCode }).code].filter((one) => one !== undefined)),
            [
              ['start'],
              ...(ending === 'retry' ? [['retry', 'CONNECTION_LOST']] : []),
              error === undefined ? ['end'] : ['error', error.code],
            ],
          );
          const labels = {
            'sluice.profile': profile,
            'sluice.outcome': outcome,
            ...(isFailed ? { 'error.type': 'BAD_ROW' } : {}),
          };
          const metrics = Object.entries(await reported.metrics())
            .filter(([name]) => name.startsWith(`postgres.${method.operation}.`))
            .map(([name, points]) => [name.split('.')[2], points]);
          const point = (value: unknown) => [{ value, attributes: labels }];
          assert.deepEqual(Object.fromEntries(metrics), {
            count: point(1),
            latency_ms: point(1),
            ...(isFailed ? { errors: point(1) } : {}),
            ...(error === undefined && method.rows !== undefined ? { rows: point(method.rows) } : {}),
          });
        });
        proxy.resetAll();
      }),
    );
  }

  it('within a transaction is told as a part of it, whichever way that was begun', async () => {
    const work = async (tx: Awaited<ReturnType<PostgresClient['begin']>>): Promise<void> => {
      await tx.query('SELECT 1');
      await tx.execute('SELECT 1');
      await tx.executeMany('INSERT INTO called VALUES ($1)', [[1]]);
      await tx.transaction((inner) => inner.queryValue('SELECT 1'));
      await tx.queryRows('SELECT 1').toArray();
      await tx.copyFrom('called', '1\n');
      await tx.copyTo('called', async (rows) => {
        for await (const row of rows) assert.ok(String(row).length > 0);
      });
    };
    const db = postgres.client('default', { dsn: context().dsn });
    const byHand = async (): Promise<void> => {
      await using tx = await db.begin();
      await work(tx);
      await tx.commit();
    };
    for (const whole of [byHand, () => db.transaction(work)]) {
      await reporting(async (reported) => {
        await whole();
        await eventually(() => assert.equal(reported.spans().length, 8));
        const spans = reported.spans();
        const own = spans.find(({ name }) => name === 'connector.postgres.transaction');
        const parts = spans.filter((span) => span !== own);
        assert.deepEqual(parts.map(({ name }) => name.split('.')[2]).sort(), [
          'copy_from',
          'copy_to',
          'execute',
          'execute_many',
          'query',
          'query',
          'query_rows',
        ]);
        for (const part of parts) assert.deepEqual(part.parentSpanContext, own?.spanContext(), part.name);
      });
    }
  });
});
