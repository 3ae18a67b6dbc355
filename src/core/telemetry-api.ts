/** OpenTelemetry's API, where something in this process has registered itself with it. */
import { createRequire } from 'node:module';
import type * as Api from '@opentelemetry/api';

/** Where every copy of the API's major version 1 finds what was registered. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');
const require = createRequire(import.meta.url);
let api: typeof Api | 'missing' | undefined;

/**
 * Undefined until a tracer, a meter or a logger was registered: until then the API does nothing, and loading it takes
 * a third of the time that this package takes.
 */
export function telemetryApi(): typeof Api | undefined {
  if (!(REGISTRY in globalThis)) return undefined;
  api ??= load();
  return api === 'missing' ? undefined : api;
}

/** Whoever registered may have a copy of the API that is not to be found from here; that is looked for once. */
function load(): typeof Api | 'missing' {
  try {
    return require('@opentelemetry/api') as typeof Api;
  } catch {
    return 'missing';
  }
}
