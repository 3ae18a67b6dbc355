/**
 * `AUTO_WORKFLOW_CONNECTORS_<NAME>_<PROFILE>__KEY__SUBKEY=value`, and `..__JSON={...}` on top of them.
 * A profile `eu-west` is read from `..._EU_WEST__...`. Values stay strings: the schema coerces.
 */
import { connectorError } from '../errors.ts';
import { camelCased, isPlain, merge } from './layer.ts';
import type { Layer } from './layer.ts';

export type { Layer };

/** The settings that the environment holds for one profile, keys in camelCase. */
export function environmentLayer(
  connector: string,
  profile: string,
  environment: NodeJS.ProcessEnv = process.env,
): Layer {
  const prefix = `AUTO_WORKFLOW_CONNECTORS_${connector}_${profile}__`.toUpperCase().replaceAll('-', '_');
  const layer: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.startsWith(prefix) || name === `${prefix}JSON`) continue;
    place(layer, name.slice(prefix.length).toLowerCase().split('__'), value, name);
  }
  const json = environment[`${prefix}JSON`];
  return merge(camelCased(layer), camelCased(json === undefined ? {} : parseJson(json, `${prefix}JSON`)));
}

function place(layer: Record<string, unknown>, path: readonly string[], value: string, variable: string): void {
  const [key = '', ...rest] = path;
  if (key === '') throw connectorError('CONFIG_INVALID', `the variable ${variable} names no setting`);
  const below = Object.hasOwn(layer, key) ? layer[key] : undefined;
  if (rest.length === 0 ? isPlain(below) : below !== undefined && !isPlain(below)) {
    throw connectorError('CONFIG_INVALID', `the variable ${variable} is both a value and a group`);
  }
  if (rest.length === 0) {
    layer[key] = value;
    return;
  }
  const group = isPlain(below) ? { ...below } : {};
  layer[key] = group;
  place(group, rest, value, variable);
}

function parseJson(json: string, variable: string): Layer {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's own message would quote the value, which may be a password.
    throw connectorError('CONFIG_INVALID', `the variable ${variable} is not valid JSON`);
  }
  if (!isPlain(value)) throw connectorError('CONFIG_INVALID', `the variable ${variable} is not a JSON object`);
  return value;
}
