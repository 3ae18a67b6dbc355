/**
 * Around one operation: an OpenTelemetry span, metrics and diagnostics-channel events.
 * Telemetry can never fail or change a transfer, nor make it wait, and carries neither credentials nor row data.
 */
import { channel } from 'node:diagnostics_channel';
import type { Context, Span } from '@opentelemetry/api';
import type { ConnectorError, Outcome } from '../errors.ts';
import type { Stage } from './deadline.ts';
import { measure } from './instruments.ts';
import { telemetryApi } from './telemetry-api.ts';

const channels = {
  start: channel('sluice:operation:start'),
  end: channel('sluice:operation:end'),
  error: channel('sluice:operation:error'),
  retry: channel('sluice:operation:retry'),
  stage: channel('sluice:operation:stage'),
};

/** By their names in the semantic conventions. The declarations must compile without OpenTelemetry. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface OperationInfo {
  readonly connector: string;
  /** Snake case, as in the span's name: `copy_from`. */
  readonly operation: string;
  readonly profile: string;
  /** Semantic-convention attributes known before anything is opened. */
  readonly attributes?: Attributes;
  /** What the semantic conventions want to know of an error beside its `error.type`. */
  readonly describe?: (error: ConnectorError) => Attributes;
}

/** What moved, for the span, the counters and the events. */
export interface OperationTotals {
  readonly bytes?: number | undefined;
  readonly rows?: number | undefined;
  /** Milliseconds in which this stream waited for its neighbour. */
  readonly blockedMs?: number | undefined;
}

/** Reports one operation. `start` once, then `end` or `fail` once; further calls change nothing. */
export class Operation {
  readonly info: OperationInfo;
  /** Active where the stream was made: its first use may come from anywhere. */
  #context: Context | undefined;
  #span: Span | undefined;
  /** For logs to be found by; empty where no span is recorded. */
  #ids: { readonly traceId?: string; readonly spanId?: string } = {};
  #startedAt: number | undefined;
  #over = false;

  constructor(info: OperationInfo) {
    this.info = info;
    quietly(() => (this.#context = telemetryApi()?.context.active()));
  }

  /** Milliseconds since `start`, rounded. */
  get durationMs(): number {
    return this.#startedAt === undefined ? 0 : Math.round(performance.now() - this.#startedAt);
  }

  start(): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = performance.now();
    const { connector, operation, profile, attributes = {} } = this.info;
    quietly(() => {
      const api = telemetryApi();
      if (api === undefined) return;
      const parent = this.#context ?? api.ROOT_CONTEXT;
      const options = { kind: api.SpanKind.CLIENT, attributes: { ...attributes, 'sluice.profile': profile } };
      const span = api.trace.getTracer('sluice').startSpan(`connector.${connector}.${operation}`, options, parent);
      this.#span = span;
      this.#context = api.trace.setSpan(parent, span);
      if (!span.isRecording()) return;
      const { traceId, spanId } = span.spanContext();
      this.#ids = { traceId, spanId };
    });
    channels.start.publish(this.#event({ attributes }));
  }

  /** What `work` reports, in whatever it begins, is a part of this operation. It must do nothing before it throws. */
  within<T extends object>(work: () => T): T {
    let done: T | undefined;
    quietly(() => {
      const context = this.#context;
      if (context !== undefined) telemetryApi()?.context.with(context, () => (done = work()));
    });
    return done ?? work();
  }

  /** Adds what became known on the way, such as the server's address. */
  annotate(attributes: Attributes): void {
    quietly(() => this.#span?.setAttributes(attributes));
  }

  /** The same with what has to be asked for, which is done only for a span that is recorded, and not waited for. */
  annotateFrom(ask: () => Promise<Attributes>): void {
    if (this.#ids.spanId === undefined) return;
    ask().then(
      (attributes) => this.annotate(attributes),
      () => undefined,
    );
  }

  retry(error: ConnectorError, attempt: number): void {
    quietly(() => this.#span?.addEvent('retry', { ...this.#failure(error), 'sluice.attempt': attempt }));
    channels.retry.publish(this.#event({ code: error.code, attempt }));
  }

  /** The operation has moved on; of one that has not begun, or is over, nothing is told. */
  stage(stage: Stage): void {
    if (!channels.stage.hasSubscribers || this.#over || this.#startedAt === undefined) return;
    channels.stage.publish(this.#event({ stage }));
  }

  end(totals: OperationTotals): void {
    if (!this.#close()) return;
    const { durationMs } = this;
    this.#report(durationMs, totals, 'done');
    channels.end.publish(this.#event({ ...totals, durationMs }));
  }

  fail(error: ConnectorError, totals: OperationTotals): void {
    if (!this.#close()) return;
    const { durationMs } = this;
    const { code, stage, outcome } = error;
    this.#report(durationMs, totals, outcome, error);
    channels.error.publish(this.#event({ ...totals, durationMs, code, stage, outcome }));
  }

  /** Whether the operation was under way, and is over by this. */
  #close(): boolean {
    if (this.#over || this.#startedAt === undefined) return false;
    this.#over = true;
    return true;
  }

  #event(fields: object): object {
    const { connector, operation, profile } = this.info;
    return { connector, operation, profile, ...this.#ids, ...fields };
  }

  #report(durationMs: number, { bytes, rows, blockedMs }: OperationTotals, outcome: Outcome, error?: ConnectorError) {
    const { connector, operation, profile } = this.info;
    const span = this.#span;
    const failure = error === undefined || isCancelled(error) ? {} : this.#failure(error);
    const failed = 'error.type' in failure;
    const blocked = blockedMs === undefined ? undefined : Math.round(blockedMs);
    quietly(() => {
      const provider = telemetryApi()?.metrics.getMeterProvider();
      if (provider === undefined) return;
      const labels = known({
        'sluice.profile': profile,
        'sluice.outcome': outcome,
        'error.type': failure['error.type'],
      });
      const measured = { durationMs, failed, bytes, rows, blockedMs: blocked };
      measure(provider, `${connector}.${operation}`, measured, labels, this.#context);
    });
    const totals = { 'sluice.bytes': bytes, 'sluice.rows': rows, 'sluice.blocked_ms': blocked };
    const ending = { 'sluice.outcome': outcome, 'sluice.stage': error?.stage };
    quietly(() => span?.setAttributes({ ...known({ ...totals, ...ending }), ...failure }));
    quietly(() => {
      const code = telemetryApi()?.SpanStatusCode.ERROR;
      // Without a description: the messages of vendors may quote data.
      if (failed && code !== undefined) span?.setStatus({ code });
    });
    quietly(() => span?.end());
  }

  #failure(error: ConnectorError): Attributes {
    return { 'error.type': error.code, ...this.info.describe?.(error) };
  }
}

/** The attributes without those that are not known. */
export function known(attributes: Readonly<Record<string, string | number | boolean | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Attributes;
}

/**
 * Somebody wanted it to end, by a signal or by leaving early, which is no error (semantic conventions, "HTTP spans").
 * The signal of a timeout is one.
 */
function isCancelled({ code, cause }: ConnectorError): boolean {
  return code === 'ABORTED' && !(cause instanceof Error && cause.name === 'TimeoutError');
}

/** An exporter that throws is its owner's trouble, not the transfer's. */
function quietly(report: () => void): void {
  try {
    report();
  } catch {
    // Reporting this would go through the same exporter.
  }
}
