/** Where each setting of a profile comes from, for people. No secret is in it. */
import { settingsIn } from './describe.ts';
import { check } from './check.ts';
import type { Schema } from './check.ts';
import type { ConfigFile } from './file.ts';
import { merge, valueAt } from './layer.ts';
import { fileOf, layersOf } from './resolve.ts';
import type { ProfileRequest } from './resolve.ts';
import { isHarmless, refersToSecret } from './secrets.ts';

export interface SettingSource {
  /** Keys joined by `.`. */
  readonly path: string;
  /** As it is written; `***` for a secret, and for what does not fit and may be one, but a reference as it is. */
  readonly value: string;
  /** The file, the variable, `the call`, `preset r2`, or `default`. */
  readonly origin: string;
}

/** The settings of a profile that have a value, in the order of the schema. Checks nothing. */
export function explainProfile(schema: Schema, request: ProfileRequest): SettingSource[] {
  const layers = layersOf(request, fileOf(request));
  const { value: complete, problems } = check(schema, layers.map(({ values }) => values).reduce(merge));
  const misfits = new Set(problems.map((problem) => problem.path.join('.')));
  return settingsIn(schema).flatMap(({ path, isSecret, default: fallback }) => {
    const keys = path.split('.');
    const layer = layers.findLast(({ values }) => valueAt(values, keys) !== undefined);
    // A group that is not there has no defaults either.
    const isDefault = fallback !== undefined && valueAt(complete, keys) !== undefined;
    if (layer === undefined) return isDefault ? [{ path, value: fallback, origin: 'default' }] : [];
    const value = valueAt(layer.values, keys);
    const isHidden = isSecret || (misfits.has(path) && !isHarmless(value));
    return [{ path, value: shown(value, isHidden), origin: layer.origin(keys) }];
  });
}

/** The profiles of a connector that the file or the environment names, each once; `default` first. */
export function namedProfiles(
  connector: string,
  file: ConfigFile | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string[] {
  const profiles = new Map<string, string>();
  const add = (profile: string): void => {
    const variable = profile.toUpperCase().replaceAll('-', '_');
    if (!profiles.has(variable)) profiles.set(variable, profile);
  };
  for (const profile of Object.keys(valueAt(file?.connectors, [connector]) ?? {})) add(profile);
  const pattern = new RegExp(`^AUTO_WORKFLOW_CONNECTORS_${connector.toUpperCase()}_(.+?)__`);
  for (const name of Object.keys(environment)) {
    const [, profile] = pattern.exec(name) ?? [];
    if (profile !== undefined) add(profile.toLowerCase());
  }
  const rank = (profile: string): number => (profile === 'default' ? 0 : 1);
  return [...profiles.values()].sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
}

/** `secret://scheme/name` and nothing else: inside of a URL there may be more than the reference. */
const REFERENCE = /^secret:\/\/[\w.+-]+\/[\w.~%/+-]+$/;

function shown(value: unknown, isHidden: boolean): string {
  if (refersToSecret(value) && REFERENCE.test(value)) return value;
  if (isHidden || typeof value === 'function') return '***';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
