/**
 * `AUTO_WORKFLOW_CONNECTORS_<NAME>_<PROFILE>__KEY__SUBKEY=value`, and `..__JSON={...}` on top of them.
 * A profile `eu-west` is read from `..._EU_WEST__...`. Values stay strings: the schema coerces.
 */
import { connectorError } from '../errors.ts';
import { camelCased, camelKey, isPlain } from './layer.ts';
import type { Layer, SourcedLayer } from './layer.ts';

/** What every variable of a profile begins with. */
export function variablePrefix(connector: string, profile: string): string {
  return `AUTO_WORKFLOW_CONNECTORS_${connector}_${profile}__`.toUpperCase().replaceAll('-', '_');
}

/** The settings that the environment holds for one profile, keys in camelCase: the single variables, then the JSON. */
export function environmentLayers(
  connector: string,
  profile: string,
  environment: NodeJS.ProcessEnv = process.env,
): readonly [SourcedLayer, SourcedLayer] {
  const prefix = variablePrefix(connector, profile);
  const values: Record<string, unknown> = {};
  const variables = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.startsWith(prefix) || name === `${prefix}JSON`) continue;
    const path = name.slice(prefix.length).toLowerCase().split('__');
    place(values, path, value, name);
    variables.set(path.map(camelKey).join('.'), name);
  }
  const json = environment[`${prefix}JSON`];
  return [
    {
      values: camelCased(values),
      origin: (path) => {
        const at = path.join('.');
        const found = [...variables].find(([key]) => key === at || key.startsWith(`${at}.`));
        return found?.[1] ?? `${prefix}*`;
      },
    },
    {
      values: camelCased(json === undefined ? {} : parseJson(json, `${prefix}JSON`)),
      origin: () => `${prefix}JSON`,
    },
  ];
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
