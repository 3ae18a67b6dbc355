/** Layers settings (defaults < environment < call), checks them against a connector's schema, reports every problem at once. */
import type { z } from 'zod';
import { connectorError } from '../errors.ts';
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
export function resolveConfig<S extends z.ZodType>(schema: S, request: ProfileRequest): z.output<S> {
  const { connector, profile, overrides = {}, environment } = request;
  const layer = merge(environmentLayer(connector, profile, environment), camelCased(overrides));
  const checked = schema.safeParse(layer);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map((issue) => `${issue.path.join('.') || 'profile'}: ${issue.message}`);
  throw connectorError('CONFIG_INVALID', `profile '${profile}' of ${connector}: ${problems.join('; ')}`, {
    connector,
    profile,
    stage: 'configure',
  });
}
