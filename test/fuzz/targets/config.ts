/** Settings out of the environment and calls: own keys only, our errors only, no value in any message. */
import fc from 'fast-check';
import { inspect } from 'node:util';
import { environmentLayers } from '../../../src/config/environment.ts';
import { camelCased, merge } from '../../../src/config/layer.ts';
import type { Layer } from '../../../src/config/layer.ts';
import { connectionConfig, postgresProfile } from '../../../src/connectors/postgres/config.ts';
import { s3Profile } from '../../../src/connectors/s3/config.ts';
import { must, codeAmong } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

/** Like a key: a short word may be shown where it belongs to no secret setting. */
const CANARY = 'canary7/secret+=';
const PREFIX = 'AUTO_WORKFLOW_CONNECTORS_S3_DEFAULT__';

const name = fc.constantFrom(
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'polluted', '', '_', '__', 'valueOf'],
  ...['dsn', 'host', 'port', 'password', 'pool', 'maxSize', 'max_size', 'timeouts', 'connect', 'region', 'transfer'],
  ...['partSize', 'part_size', 'credentials', 'secretAccessKey', 'endpoint_url', 'retries', 'attempts', 'sslmode'],
);
const leaf = fc.oneof(
  fc.constantFrom(
    CANARY,
    '1',
    '0',
    '-1',
    '30s',
    '8MiB',
    'true',
    'null',
    '{}',
    `http://${CANARY}@x`,
    `postgresql://u:${CANARY}@h/d`,
  ),
  ...[fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 8 })],
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    // Own keys all, `__proto__` too, as JSON.parse makes them.
    fc.array(fc.tuple(name, tie('tree')), { maxLength: 5 }).map((entries) => parsed(entries)),
  ),
}));
const parsed = (entries: readonly (readonly [string, unknown])[]): unknown =>
  JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`);
const layer = fc
  .array(fc.tuple(name, tree), { maxLength: 6 })
  .map((entries) => parsed(entries) as Record<string, unknown>);
const variable = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 4 }), leaf)
  .map(([path, value]) => [PREFIX + path.join('__').toUpperCase(), String(value)]);

/** A layer that says one thing twice is refused. */
function casedOrNothing(given: Layer): Layer {
  try {
    return camelCased(given);
  } catch (error) {
    codeAmong(error, ['CONFIG_INVALID']);
    return {};
  }
}

export const config: OpenTarget = () =>
  target({
    input: fc.record({
      one: layer,
      other: layer,
      variables: fc.array(variable, { maxLength: 6 }),
      json: fc.option(tree),
    }),
    check({ one, other, variables, json }) {
      const prototype = Object.getOwnPropertyNames(Object.prototype).join();
      const before = JSON.stringify([one, other]);
      const merged = merge(casedOrNothing(one), casedOrNothing(other));
      must(JSON.stringify([one, other]) === before, 'merging changed what was merged');
      must(JSON.stringify(merge(merged, {})) === JSON.stringify(merged), 'merging with nothing changes something');
      const environment: NodeJS.ProcessEnv = Object.fromEntries(variables as [string, string][]);
      if (json !== null) environment[`${PREFIX}JSON`] = JSON.stringify(json);
      for (const read of [
        () => environmentLayers('s3', 'default', environment),
        () => s3Profile('fuzz', one),
        () => connectionConfig(postgresProfile('fuzz', merged).settings, 'fuzz'),
      ]) {
        try {
          read();
        } catch (error) {
          codeAmong(error, ['CONFIG_INVALID']);
          must(!inspect(error, { depth: 9, showHidden: true }).includes(CANARY), 'a message tells a value');
        }
      }
      must(Object.getOwnPropertyNames(Object.prototype).join() === prototype, 'a prototype was changed');
      must(Object.getPrototypeOf(merged) === Object.prototype, 'a layer has another prototype');
    },
  });
