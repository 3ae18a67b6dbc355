/** Layers settings (defaults < environment < call), checks them against a connector's schema, reports every problem at once. */
import type { InferOutput } from 'valibot';
import { connectorError } from '../errors.ts';
import { check } from './check.ts';
import type { Schema } from './check.ts';
import { environmentLayer } from './environment.ts';
import { camelCased, merge } from './layer.ts';
import type { Layer } from './layer.ts';

export interface ProfileRequest {
  readonly connector: string;
  readonly profile: string;
  /** Settings of this call alone; they win. */
  readonly overrides?: Layer | undefined;
  /** Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/**
 * The complete settings of one profile.
 *
 * @throws ConfigError `CONFIG_INVALID` naming every unknown, missing or malformed setting, and no value.
 */
export function resolveConfig<S extends Schema>(schema: S, request: ProfileRequest): InferOutput<S> {
  const { connector, profile, overrides = {}, environment } = request;
  const layer = merge(environmentLayer(connector, profile, environment), camelCased(overrides));
  const { value, problems } = check(schema, layer, 'profile');
  if (problems === undefined) return value;
  throw connectorError('CONFIG_INVALID', `profile '${profile}' of ${connector}: ${problems.join('; ')}`, {
    connector,
    profile,
    stage: 'configure',
  });
}
