/**
 * `AUTO_WORKFLOW_CONNECTORS_<NAME>_<PROFILE>__KEY__SUBKEY=value`, and `..__JSON={...}` on top of them.
 * A profile `eu-west` is read from `..._EU_WEST__...`. Values stay strings: the schema coerces.
 */
import { connectorError } from '../errors.ts';

export type Layer = Readonly<Record<string, unknown>>;

/** The settings that the environment holds for one profile, keys in lower snake case. */
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
  return json === undefined ? layer : merge(layer, parseJson(json, `${prefix}JSON`));
}

/** Deep merge of plain objects; the later value wins. Neither argument is changed. */
export function merge(base: Layer, over: Layer): Layer {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    merged[key] = isPlain(below) && isPlain(value) ? merge(below, value) : value;
  }
  return merged;
}

export function isPlain(value: unknown): value is Layer {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function place(layer: Record<string, unknown>, path: readonly string[], value: string, variable: string): void {
  const [key = '', ...rest] = path;
  if (key === '' || key === '__proto__') {
    throw connectorError('CONFIG_INVALID', `the variable ${variable} names no setting`);
  }
  if (rest.length === 0) {
    if (isPlain(layer[key]))
      throw connectorError('CONFIG_INVALID', `the variable ${variable} is both a value and a group`);
    layer[key] = value;
    return;
  }
  const group = layer[key] ?? {};
  if (!isPlain(group)) throw connectorError('CONFIG_INVALID', `the variable ${variable} is both a value and a group`);
  const copy = { ...group };
  layer[key] = copy;
  place(copy, rest, value, variable);
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
