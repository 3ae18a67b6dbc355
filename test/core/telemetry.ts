/** Collects what an operation reports: spans and metrics by the OpenTelemetry SDK, events by the diagnostics channels. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, metrics, trace } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { contextManager } from '../support/context-manager.ts';

export interface Reported {
  spans(): ReadableSpan[];
  /** By name: the value, or a histogram's count, and the attributes. */
  metrics(): Promise<Record<string, { value: unknown; attributes: Attributes }[]>>;
  /** By the channel's last word, in order; without the stages. */
  readonly events: [string, unknown][];
  readonly stages: unknown[];
}

const CHANNELS = ['start', 'end', 'error', 'retry'] as const;
const STAGE = 'sluice:operation:stage';

/** Runs `work` with collectors installed, and takes them away after. */
export async function reporting(work: (reported: Reported) => Promise<void>): Promise<void> {
  const spans = new InMemorySpanExporter();
  const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: points })] });
  const events: [string, unknown][] = [];
  const stages: unknown[] = [];
  const onStage = (event: unknown): number => stages.push(event);
  subscribe(STAGE, onStage);
  const listeners = CHANNELS.map((name) => {
    const listener = (event: unknown): number => events.push([name, event]);
    subscribe(`sluice:operation:${name}`, listener);
    return { name, listener };
  });
  context.setGlobalContextManager(contextManager());
  trace.setGlobalTracerProvider(tracers);
  metrics.setGlobalMeterProvider(meters);
  try {
    await work({
      spans: () => spans.getFinishedSpans(),
      async metrics() {
        await meters.forceFlush();
        const found =
          points
            .getMetrics()
            .at(-1)
            ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
        return Object.fromEntries(
          found.map(({ descriptor, dataPoints }) => [
            descriptor.name,
            dataPoints.map(({ value, attributes }) => ({ value: count(value), attributes })),
          ]),
        );
      },
      events,
      stages,
    });
  } finally {
    context.disable();
    trace.disable();
    metrics.disable();
    unsubscribe(STAGE, onStage);
    for (const { name, listener } of listeners) unsubscribe(`sluice:operation:${name}`, listener);
    await Promise.all([tracers.shutdown(), meters.shutdown()]);
  }
}

function count(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'count' in value ? value.count : value;
}
