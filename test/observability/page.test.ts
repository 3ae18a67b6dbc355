import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createNoopMeter, metrics } from '@opentelemetry/api';
import type { Meter, MetricOptions } from '@opentelemetry/api';
import { Operation } from '../../src/core/operation.ts';
import { reporting } from '../core/telemetry.ts';
import { describePostgres } from '../support/postgres.ts';
import { ENDINGS, FACTORIES } from './factories.ts';
import { play, useServers } from './play.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/guide/observability.md'), 'utf8');

/** The cells of the rows of the one table under a heading. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const code = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
const namesUnder = (heading: string): string[] => sorted(tableUnder(heading).flatMap(([name]) => code(name)));
const keysOf = (event: unknown): string[] =>
  Object.entries(event as object).flatMap(([key, value]) => (value === undefined ? [] : [key]));

describePostgres('docs/guide/observability.md', (context) => {
  const servers = useServers(context);

  it('has every span, attribute, metric and event of every factory and ending, and no other', async () => {
    const seen = { spans: [] as string[], attributes: [] as string[], metrics: [] as string[] };
    const fields = new Map<string, string[]>();
    for (const factory of FACTORIES) {
      for (const ending of ENDINGS) {
        await servers(async (given) => {
          await reporting(async (reported) => {
            await play(factory, ending, factory.arrange(ending, given));
            const [, span] = reported.spans();
            seen.spans.push(span?.name ?? '');
            seen.attributes.push(...Object.keys(span?.attributes ?? {}));
            const name = `${factory.connector}.${factory.operation}.`;
            seen.metrics.push(...Object.keys(await reported.metrics()).map((metric) => metric.replace(name, '')));
            const stages = reported.stages.map((event) => ['stage', event] as const);
            for (const [channel, event] of [...reported.events, ...stages]) {
              const full = `sluice:operation:${channel}`;
              fields.set(full, sorted([...(fields.get(full) ?? []), ...keysOf(event)]));
            }
          });
        });
      }
    }
    assert.deepEqual(namesUnder('Spans'), sorted(seen.spans));
    assert.deepEqual(namesUnder('Attributes'), sorted(seen.attributes));
    assert.deepEqual(namesUnder('Metrics'), sorted(seen.metrics));
    const documented = tableUnder('Events').map(([channel, , names]) => [code(channel)[0], sorted(code(names))]);
    assert.deepEqual(Object.fromEntries(documented), Object.fromEntries(fields));
  });
});

describe('the metrics of docs/guide/observability.md', () => {
  afterEach(() => metrics.disable());

  it('are of the instruments and units that it says', () => {
    const made: string[][] = [];
    const meter = createNoopMeter();
    const noting = new Proxy(meter, {
      get: (target, name: keyof Meter) => (metric: string, options: MetricOptions) => {
        made.push([
          `\`${metric.replace('c.o.', '')}\``,
          name.replace('create', '').toLowerCase(),
          `\`${options.unit}\``,
        ]);
        return target[name](metric as never, options as never);
      },
    });
    metrics.setGlobalMeterProvider({ getMeter: () => noting });
    const operation = new Operation({ connector: 'c', operation: 'o', profile: 'default' });
    operation.start();
    operation.end({});
    assert.deepEqual(
      tableUnder('Metrics').map((row) => row.slice(0, 3)),
      made,
    );
  });
});
