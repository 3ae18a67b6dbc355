/** The metrics of operations. Their instruments are made once per meter provider: one that is registered later has its own. */
import type { Attributes, Context, Counter, Histogram, MeterProvider } from '@opentelemetry/api';

/** What one operation adds to its metrics. */
export interface Measured {
  readonly durationMs: number;
  readonly failed: boolean;
  readonly bytes: number | undefined;
  readonly rows: number | undefined;
  readonly blockedMs: number | undefined;
}

interface Instruments {
  readonly count: Counter;
  readonly errors: Counter;
  readonly latency: Histogram;
  readonly bytes: Counter;
  readonly rows: Counter;
  readonly blocked: Counter;
}

/** OpenTelemetry's own boundaries end at 10 s, where many transfers begin. */
const BOUNDARIES_MS = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
];

const made = new WeakMap<MeterProvider, Map<string, Instruments>>();

/** `name` is the operation's, `postgres.copy_from`; `context` is that of its span. */
export function measure(
  provider: MeterProvider,
  name: string,
  measured: Measured,
  labels: Attributes,
  context: Context | undefined,
): void {
  const { count, errors, latency, bytes, rows, blocked } = instrumentsOf(provider, name);
  count.add(1, labels, context);
  if (measured.failed) errors.add(1, labels, context);
  latency.record(measured.durationMs, labels, context);
  if (measured.bytes !== undefined) bytes.add(measured.bytes, labels, context);
  if (measured.rows !== undefined) rows.add(measured.rows, labels, context);
  if (measured.blockedMs !== undefined) blocked.add(measured.blockedMs, labels, context);
}

function instrumentsOf(provider: MeterProvider, name: string): Instruments {
  let ofProvider = made.get(provider);
  if (ofProvider === undefined) {
    ofProvider = new Map();
    made.set(provider, ofProvider);
  }
  let instruments = ofProvider.get(name);
  if (instruments === undefined) {
    instruments = makeInstruments(provider, name);
    ofProvider.set(name, instruments);
  }
  return instruments;
}

function makeInstruments(provider: MeterProvider, name: string): Instruments {
  const meter = provider.getMeter('sluice');
  return {
    count: meter.createCounter(`${name}.count`, { unit: '{operation}', description: 'Operations that are over' }),
    errors: meter.createCounter(`${name}.errors`, { unit: '{operation}', description: 'Operations that failed' }),
    latency: meter.createHistogram(`${name}.latency_ms`, {
      unit: 'ms',
      description: 'From the first use of the stream to its end',
      advice: { explicitBucketBoundaries: BOUNDARIES_MS },
    }),
    bytes: meter.createCounter(`${name}.bytes`, { unit: 'By', description: 'Bytes taken in or handed out' }),
    rows: meter.createCounter(`${name}.rows`, { unit: '{row}', description: 'Rows loaded or read' }),
    blocked: meter.createCounter(`${name}.blocked_ms`, {
      unit: 'ms',
      description: 'A sink: waiting for the server. A source: waiting for whoever reads it',
    }),
  };
}
