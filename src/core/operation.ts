/**
 * Around one operation: an OpenTelemetry span, metrics and diagnostics-channel events.
 * Telemetry can never fail, slow or change a transfer, and carries neither credentials nor row data.
 */
import { channel } from 'node:diagnostics_channel';
import type { Span } from '@opentelemetry/api';
import type { ConnectorError } from '../errors.ts';
import type { Stage } from './deadline.ts';
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
  #span: Span | undefined;
  #startedAt: number | undefined;
  #over = false;

  constructor(info: OperationInfo) {
    this.info = info;
  }

  /** Milliseconds since `start`, rounded. */
  get durationMs(): number {
    return this.#startedAt === undefined ? 0 : Math.round(performance.now() - this.#startedAt);
  }

  start(): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = performance.now();
    const { connector, operation, attributes = {} } = this.info;
    quietly(() => {
      const api = telemetryApi();
      this.#span = api?.trace
        .getTracer('sluice')
        .startSpan(`connector.${connector}.${operation}`, { kind: api.SpanKind.CLIENT, attributes });
    });
    channels.start.publish(this.#event({ attributes }));
  }

  /** Adds what became known on the way, such as the server's address. */
  annotate(attributes: Attributes): void {
    quietly(() => this.#span?.setAttributes(attributes));
  }

  retry(error: ConnectorError, attempt: number): void {
    quietly(() => this.#span?.addEvent('retry', { 'error.type': error.code, attempt }));
    channels.retry.publish(this.#event({ code: error.code, attempt }));
  }

  /** The operation has moved on; of one that has not begun, or is over, nothing is told. */
  stage(stage: Stage): void {
    if (!channels.stage.hasSubscribers || this.#over || this.#startedAt === undefined) return;
    channels.stage.publish(this.#event({ stage }));
  }

  end(totals: OperationTotals): void {
    if (this.#over || this.#startedAt === undefined) return;
    this.#over = true;
    this.#measure(totals);
    quietly(() => this.#span?.end());
    channels.end.publish(this.#event({ ...totals, durationMs: this.durationMs }));
  }

  fail(error: ConnectorError, totals: OperationTotals): void {
    if (this.#over || this.#startedAt === undefined) return;
    this.#over = true;
    this.#measure(totals, error.code);
    quietly(() => {
      this.#span?.setAttributes({ 'error.type': error.code });
      const code = telemetryApi()?.SpanStatusCode.ERROR;
      if (code !== undefined) this.#span?.setStatus({ code, message: error.code });
    });
    quietly(() => this.#span?.end());
    channels.error.publish(
      this.#event({
        ...totals,
        durationMs: this.durationMs,
        code: error.code,
        stage: error.stage,
        outcome: error.outcome,
      }),
    );
  }

  #event(fields: object): object {
    const { connector, operation, profile } = this.info;
    return { connector, operation, profile, ...fields };
  }

  #measure(totals: OperationTotals, errorType?: string): void {
    const { connector, operation, profile } = this.info;
    const name = `${connector}.${operation}`;
    const labels = { profile, ...(errorType === undefined ? {} : { 'error.type': errorType }) };
    quietly(() => {
      const meter = telemetryApi()?.metrics.getMeter('sluice');
      if (meter === undefined) return;
      meter.createCounter(`${name}.count`).add(1, labels);
      if (errorType !== undefined) meter.createCounter(`${name}.errors`).add(1, labels);
      meter.createHistogram(`${name}.latency_ms`, { unit: 'ms' }).record(this.durationMs, labels);
      if (totals.bytes !== undefined) meter.createCounter(`${name}.bytes`, { unit: 'By' }).add(totals.bytes, labels);
      if (totals.rows !== undefined) meter.createCounter(`${name}.rows`).add(totals.rows, labels);
      if (totals.blockedMs !== undefined) {
        meter.createCounter(`${name}.blocked_ms`, { unit: 'ms' }).add(Math.round(totals.blockedMs), labels);
      }
    });
    quietly(() =>
      this.#span?.setAttributes({
        ...(totals.bytes === undefined ? {} : { 'sluice.bytes': totals.bytes }),
        ...(totals.rows === undefined ? {} : { 'sluice.rows': totals.rows }),
      }),
    );
  }
}

/** An exporter that throws is its owner's trouble, not the transfer's. */
function quietly(report: () => void): void {
  try {
    report();
  } catch {
    // Reporting this would go through the same exporter.
  }
}
