/** Everything that a user, a log or an exporter could come to hear of some work, as one text. */
import { errorMonitor } from 'node:events';
import { inspect } from 'node:util';
import { reporting } from '../../core/telemetry.ts';
import { unhandled, warnings } from '../../support/unhandled.ts';

export interface Ear {
  /** Hears of a stream: its errors, what it settles with, and what it shows of itself at the end. */
  watch<S>(stream: S): S;
  /** Hears of an error, a client, or whatever else came out. */
  hear(...things: unknown[]): void;
}

interface Watched {
  readonly settled: Promise<unknown>;
  on(event: typeof errorMonitor, listener: (error: unknown) => void): unknown;
}

/** How much was heard, so that a silence that proves nothing is seen. */
export interface Heard {
  readonly text: string;
  readonly errors: number;
  readonly spans: number;
  readonly metrics: number;
  readonly events: number;
}

/** Runs `work`, which says what there is to hear, with collectors of spans, metrics, events and warnings around it. */
export async function hearing(work: (ear: Ear) => Promise<void>): Promise<Heard> {
  const things: unknown[] = [];
  const errors: unknown[] = [];
  const streams: Watched[] = [];
  const ear: Ear = {
    watch(stream) {
      const watched = stream as unknown as Watched;
      streams.push(watched);
      // A listener of 'error' itself would change what a stream does that nobody uses yet.
      watched.on(errorMonitor, (error) => errors.push(error));
      return stream;
    },
    hear: (...more) => void things.push(...more),
  };
  const told = { spans: 0, metrics: 0, events: 0 };
  await reporting(async (reported) => {
    const warned = await warnings(async () => {
      errors.push(...(await unhandled(() => work(ear))));
    });
    for (const { settled } of streams) things.push(await settled);
    const spans = reported.spans().map(({ attributes, events, links, name, status, resource }) => ({
      ...{ attributes, events, links, name, status, resource: resource.attributes },
    }));
    const metrics = await reported.metrics();
    const { events, stages } = reported;
    told.spans = spans.length;
    told.metrics = Object.keys(metrics).length;
    told.events = events.length + stages.length;
    things.push(spans, metrics, events, stages, warned);
  });
  const text = [...things, ...errors, ...streams].map(shown).join('\n');
  return { text, errors: errors.length + things.filter((thing) => thing instanceof Error).length, ...told };
}

/** In every way in which a thing becomes text, and so the causes of an error, one by one. */
export function shown(thing: unknown): string {
  const { cause } = thing instanceof Error ? thing : { cause: undefined };
  const ways = [() => inspect(thing, ALL), () => JSON.stringify(thing), () => String(thing), () => stackOf(thing)];
  return [...ways.map(quietly), ...(cause === undefined ? [] : [shown(cause)])].join('\n');
}

/** As deep as a logger would go, hidden properties too. */
const ALL = { showHidden: true, depth: 12, maxStringLength: null, maxArrayLength: null } as const;

const stackOf = (thing: unknown): string => (thing instanceof Error ? (thing.stack ?? '') : '');

/** A stream is no JSON, and an object without a prototype no text. */
function quietly(way: () => string | undefined): string {
  try {
    return way() ?? '';
  } catch {
    return '';
  }
}
