/** What is told of the calls of a store's client: one operation each, whichever of four ways it ends. */
import assert from 'node:assert/strict';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import type { ConnectorError, Outcome } from '../../src/errors.ts';
import type { FaultAction, FaultHandle } from '../../src/testing/store-server/faults.ts';
import { QUICK } from '../connectors/s3/support.ts';
import { reporting } from '../core/telemetry.ts';

const ENDINGS = ['success', 'failure', 'retry', 'abort'] as const;
type Ending = (typeof ENDINGS)[number];

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly retry: typeof QUICK;
}

export interface ToldCall<C> {
  readonly name: string;
  readonly operation: string;
  readonly attributes: Attributes;
  readonly totals?: Readonly<Record<string, number>>;
  /** Of a file, what its stream repeats, and what stops one whose commit was sent, is told of that stream. */
  readonly endings?: readonly Ending[];
  /** Of one that is aborted while it waits for an answer. Default `not-done`. */
  readonly aborted?: Outcome;
  ask(client: C, options: CallOptions): Promise<unknown>;
}

export interface ToldStore<C, M extends ToldCall<C>> {
  readonly connector: string;
  readonly requestId: string;
  readonly methods: readonly M[];
  open(profile: string): C;
  /** Of every span. */
  attributes(): Attributes;
  /** Makes the request of the method that may fail do so. */
  on(method: M, nth: number | 'always', action: FaultAction<unknown>): FaultHandle<unknown>;
  readonly refusal: FaultAction<unknown>;
}

/** Registers the tests. */
export function tellsOfCalls<C, M extends ToldCall<C>>(store: ToldStore<C, M>, count: number): void {
  const cases = store.methods.flatMap((method) => (method.endings ?? ENDINGS).map((ending) => ({ method, ending })));
  it(`are ${count} methods by their endings`, () => assert.equal(cases.length, count));
  for (const { method, ending } of cases) {
    it(`${method.name} ${ending}`, () => told(store, method, ending));
  }
}

function told<C, M extends ToldCall<C>>(store: ToldStore<C, M>, method: M, ending: Ending): Promise<void> {
  const profile = `${method.name} ${ending}`;
  return reporting(async (reported) => {
    const fault = {
      success: () => undefined,
      failure: () => store.on(method, 'always', store.refusal),
      retry: () => store.on(method, 1, { status: 500, code: 'InternalError' }),
      abort: () => store.on(method, 'always', { stall: 'before' }),
    }[ending]();
    const user = new AbortController();
    const client = store.open(profile);
    if (ending === 'abort') void fault?.firstFired.then(() => user.abort(new Error('enough')));
    const error = await trace.getTracer('caller').startActiveSpan('caller', async (caller) => {
      const asked = method.ask(client, { signal: user.signal, retry: QUICK });
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
    const { aborted = 'not-done' } = method;
    assert.equal(error?.outcome, isFailed ? 'not-done' : ending === 'abort' ? aborted : undefined);

    const spans = reported.spans();
    const span = spans.find(({ name }) => name === `connector.${store.connector}.${method.operation}`);
    assert.ok(span !== undefined);
    assert.equal(span.kind, SpanKind.CLIENT);
    assert.deepEqual(span.parentSpanContext, spans.find(({ name }) => name === 'caller')?.spanContext());
    assert.equal(span.status.code, isFailed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
    const { [store.requestId]: requestId, ...attributes } = span.attributes;
    assert.equal(requestId !== undefined, isFailed);
    const totals = Object.entries(method.totals ?? {}).map(([name, value]) => [`sluice.${name}`, value]);
    assert.deepEqual(attributes, {
      ...{ ...store.attributes(), ...method.attributes, 'sluice.profile': profile },
      'sluice.outcome': error?.outcome ?? 'done',
      ...(error === undefined ? (Object.fromEntries(totals) as object) : { 'sluice.stage': error.stage }),
      ...(isFailed ? { 'error.type': 'ACCESS_DENIED' } : {}),
    });
    const repeats = ending === 'retry' ? ['retry'] : [];
    assert.deepEqual(
      span.events.map(({ name }) => name),
      repeats,
    );
    const own = reported.events.filter(([, event]) => (event as { operation?: string }).operation === method.operation);
    assert.deepEqual(
      own.map(([name]) => name),
      ['start', ...repeats, error === undefined ? 'end' : 'error'],
    );
    const prefix = `${store.connector}.${method.operation}.`;
    const metrics = Object.keys(await reported.metrics()).filter((name) => name.startsWith(prefix));
    const counted = error === undefined ? Object.keys(method.totals ?? {}) : [];
    const names = ['count', 'latency_ms', ...(isFailed ? ['errors'] : []), ...counted];
    assert.deepEqual(metrics.sort(), names.map((name) => `${prefix}${name}`).sort());
  });
}
