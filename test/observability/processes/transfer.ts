/**
 * One load and one export of real servers in a process of its own; says as JSON what was loaded and what was thrown
 * meanwhile. What is watched is chosen by `ChildSettings`.
 */
import { subscribe } from 'node:diagnostics_channel';
import { registerHooks } from 'node:module';
import { pipeline } from 'node:stream/promises';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';

export interface ChildSettings {
  readonly dsn: string;
  readonly table: string;
  readonly bucket: string;
  readonly config: S3Settings;
  /** Something has registered with OpenTelemetry's API, by another copy of it. */
  readonly registered: boolean;
  /** And there is no copy to be found from here. */
  readonly missing: boolean;
  /** Every channel has a subscriber that throws, and somebody takes what is uncaught. */
  readonly throwing: boolean;
}

export interface ChildReport {
  /** URLs of modules. */
  readonly loaded: readonly string[];
  /** How often OpenTelemetry's API was looked for. */
  readonly lookedFor: number;
  readonly rows: number | undefined;
  readonly exported: number | undefined;
  readonly uncaught: readonly string[];
  /** Events that a subscriber was given. */
  readonly events: number;
}

const { dsn, table, bucket, config, registered, missing, throwing } = JSON.parse(
  process.argv[2] ?? '{}',
) as ChildSettings;
const loaded: string[] = [];
const uncaught: string[] = [];
let events = 0;
let lookedFor = 0;
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@opentelemetry/api') {
      lookedFor += 1;
      if (missing) throw new Error('not installed');
    }
    const resolved = next(specifier, context);
    loaded.push(resolved.url);
    return resolved;
  },
});
if (registered) Object.assign(globalThis, { [Symbol.for('opentelemetry.js.api.1')]: { version: '1.9.0' } });
if (throwing) {
  process.on('uncaughtException', ({ message }) => uncaught.push(message));
  for (const name of ['start', 'end', 'error', 'retry', 'stage']) {
    subscribe(`sluice:operation:${name}`, () => {
      events += 1;
      throw new Error(name);
    });
  }
}

const { pgCopyFrom, pgCopyTo, s3ObjectSink, s3ObjectSource } = await import('../../../src/index.ts');
const sink = pgCopyFrom({ table, config: { dsn } });
await pipeline(s3ObjectSource({ bucket, key: 'in', config }), sink);
const out = s3ObjectSink({ bucket, key: 'out', config });
await pipeline(pgCopyTo({ query: `SELECT * FROM ${table} ORDER BY a`, config: { dsn } }), out);

const { closePools } = await import('../../../src/connectors/postgres/native.ts');
const { closeS3Clients } = await import('../../../src/connectors/s3/client-cache.ts');
await closePools();
closeS3Clients();
const report: ChildReport = {
  loaded,
  lookedFor,
  rows: sink.result?.rows,
  exported: out.result?.bytes,
  uncaught,
  events,
};
process.stdout.write(JSON.stringify(report));
