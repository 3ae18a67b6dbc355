/** Sinks and sources over drivers in memory: every call is logged, and every step can be held back or broken by a test. */
import { Lifecycle } from '../../src/core/lifecycle.ts';
import type { LifecycleOptions } from '../../src/core/lifecycle.ts';
import { createSink } from '../../src/core/sink.ts';
import type { Sink, SinkDriver, SinkHost } from '../../src/core/sink.ts';
import { createSource } from '../../src/core/source.ts';
import type { Source, SourceDriver, SourceHost } from '../../src/core/source.ts';
import { connectorError } from '../../src/errors.ts';
import type { ConnectorError } from '../../src/errors.ts';

export interface Loaded {
  readonly rows: number;
}

export interface MemorySink {
  readonly sink: Sink<Loaded>;
  readonly lifecycle: Lifecycle<Loaded>;
  readonly host: SinkHost;
  /** What the driver was asked, in order. */
  readonly calls: string[];
  readonly received: Buffer[];
}

export interface MemorySource {
  readonly source: Source<Loaded>;
  readonly lifecycle: Lifecycle<Loaded>;
  readonly host: SourceHost;
  readonly calls: string[];
}

export type MemoryOptions = LifecycleOptions & { readonly highWaterMark?: number };

export const SINK = { connector: 'memory', operation: 'put', profile: 'test' } as const;
export const SOURCE = { connector: 'memory', operation: 'get', profile: 'test' } as const;

/** As a driver would call what broke under it. */
export const classify = (): ConnectorError => connectorError('CONNECTION_LOST', 'the connection broke');

/** A sink; `steps` run in place of those that would succeed at once. */
export function memorySink(options: MemoryOptions = {}, steps: Partial<SinkDriver<Loaded>> = {}): MemorySink {
  const lifecycle = new Lifecycle<Loaded>(SINK, options);
  const calls: string[] = [];
  const received: Buffer[] = [];
  let host: SinkHost = { fail: () => undefined };
  const sink = createSink({
    lifecycle,
    highWaterMark: options.highWaterMark ?? 64,
    driver: (given) => {
      host = given;
      return {
        async write(chunks) {
          calls.push('write');
          await steps.write?.(chunks);
          received.push(...chunks);
        },
        async flush() {
          calls.push('flush');
          await steps.flush?.();
        },
        commit(signal) {
          calls.push('commit');
          return steps.commit?.(signal) ?? Promise.resolve({ rows: received.length });
        },
        abort(context) {
          calls.push(`abort ${context.outcome}`);
          return steps.abort?.(context) ?? Promise.resolve(undefined);
        },
        leftover: () => steps.leftover?.(),
        classify: steps.classify ?? classify,
      };
    },
  });
  return { sink, lifecycle, host, calls, received };
}

/** A source of `chunks`; `steps` run in place of those that would succeed at once. */
export function memorySource(
  chunks: readonly Buffer[],
  options: MemoryOptions = {},
  steps: Partial<SourceDriver<Loaded>> = {},
): MemorySource {
  const lifecycle = new Lifecycle<Loaded>(SOURCE, options);
  const calls: string[] = [];
  const left = [...chunks];
  let host: SourceHost = { fail: () => undefined };
  const source = createSource({
    lifecycle,
    highWaterMark: options.highWaterMark ?? 64,
    driver: (given) => {
      host = given;
      return {
        pull() {
          calls.push('pull');
          return steps.pull?.() ?? Promise.resolve(left.shift());
        },
        abort(context) {
          calls.push(`abort ${context.outcome}`);
          return steps.abort?.(context) ?? Promise.resolve(undefined);
        },
        result: () => ({ rows: chunks.length }),
        leftover: () => steps.leftover?.(),
        classify: steps.classify ?? classify,
        get totalBytes() {
          return steps.totalBytes;
        },
      };
    },
  });
  return { source, lifecycle, host, calls };
}

/** A step that never answers. */
export const never = (): Promise<never> => new Promise(() => undefined);

/** A step that says when it has been reached and answers when it is told to. */
export function gate<T = undefined>() {
  const { promise: reached, resolve: arrive } = Promise.withResolvers<undefined>();
  const { promise: answer, resolve: open, reject: fail } = Promise.withResolvers<T>();
  const step = (): Promise<T> => {
    arrive(undefined);
    return answer;
  };
  return { step, reached, open, fail };
}

export const bytes = (text: string): Buffer => Buffer.from(text);
