/** Layers settings (defaults < preset < file < environment < call), checks them against a connector's schema, reports every problem at once. */
import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { InferOutput } from 'valibot';
import { connectorError } from '../errors.ts';
import type { ConnectorError } from '../errors.ts';
import { check, described, entriesOf, fieldAt, nearest } from './check.ts';
import type { Problem, Schema } from './check.ts';
import { environmentLayers, variablePrefix } from './environment.ts';
import { configFile, fileLayer } from './file.ts';
import type { ConfigFile } from './file.ts';
import { camelCased, isPlain, merge, valueAt } from './layer.ts';
import type { Layer, SourcedLayer } from './layer.ts';
import { isSecret } from './schema.ts';
import { isHarmless, refersToSecret, withSecrets } from './secrets.ts';

export interface ProfileRequest {
  readonly connector: string;
  readonly profile: string;
  /** Settings of this call alone; they win. */
  readonly overrides?: Layer | undefined;
  /** Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Default: the nearest one; null for none. */
  readonly file?: ConfigFile | null | undefined;
  /** Named defaults beneath the profile's own settings, of which its setting `preset` names one. */
  readonly presets?: Readonly<Record<string, Layer>> | undefined;
  /** Whether the name may be a mere label, for a client that was handed in. Default false. */
  readonly isLabel?: boolean | undefined;
}

/** The settings of one profile. */
export interface Profile<C> {
  /** Complete but for those that refer to secrets, which are left out. */
  readonly settings: C;
  /** Equal for equal settings and references, whatever the secrets are; nothing can be recovered from it. */
  readonly key: string;
  /** Paths of what was left out, such as `credentials.secretAccessKey`. */
  readonly references: readonly string[];
  /**
   * The complete settings. Providers are asked at every call.
   *
   * @throws ConfigError `SECRET_MISSING`, `CONFIG_INVALID`
   */
  reveal(): Promise<C>;
}

/**
 * The settings of one profile.
 *
 * @throws ConfigError `CONFIG_INVALID` naming every unknown, missing or malformed setting, and where it was written;
 * a value only where it cannot be secret.
 */
export function resolveProfile<S extends Schema>(schema: S, request: ProfileRequest): Profile<InferOutput<S>> {
  const { profile, isLabel = false } = request;
  const file = fileOf(request);
  const layers = layersOf(request, file);
  if (profile !== 'default' && !isLabel && layers.every(({ values }) => Object.keys(values).length === 0)) {
    throw unknownProfile(request, file);
  }
  const merged = layers.map(({ values }) => values).reduce(merge);
  const references: string[] = [];
  const settings = checked(schema, withoutReferences(merged, [], references), references);
  return {
    settings,
    references,
    key: keyOf({ settings, references: references.map((path) => [path, valueAt(merged, path.split('.'))]) }),
    reveal: async () => (references.length === 0 ? settings : checked(schema, await withSecrets(merged), [])),
  };

  function checked(by: S, values: Layer, absent: readonly string[]): InferOutput<S> {
    const { value, problems } = check(by, values);
    // What a secret will fill in is not missing.
    const real = problems.filter(({ path }) => !absent.some((at) => isWithin(at, path.join('.'))));
    if (real.length === 0) return value;
    throw refusal(request, real.map((problem) => told(by, problem, values)).join('; '));
  }

  function told(by: S, problem: Problem, values: Layer): string {
    const path = [...problem.path, ...(problem.key === undefined ? [] : [problem.key])];
    const value = valueAt(values, path);
    const source = layers.findLast((layer) => valueAt(layer.values, path) !== undefined);
    const field = fieldAt(by, path);
    // What stands where a group belongs may be one of its secrets.
    const isPublic = field !== undefined && !isSecret(field) && entriesOf(field) === undefined;
    const isShown = isPublic && !references.includes(path.join('.')) && isHarmless(value);
    const not = isShown ? `, not ${inspect(value)}` : '';
    return `${described(problem, 'profile')}${not}${source === undefined ? '' : ` (${source.origin(path)})`}`;
  }
}

/** Equal for equal layers; of settings that cannot even be read, one of its own each time. Checks nothing. */
export function layeredKey(request: ProfileRequest): string {
  try {
    return keyOf(layersOf(request, fileOf(request)).map(({ values }) => values));
  } catch {
    // Whoever uses the client is told why.
    return keyOf(() => undefined);
  }
}

/** The config file that a request is about. */
export function fileOf({ file }: ProfileRequest): ConfigFile | undefined {
  return file === undefined ? configFile() : (file ?? undefined);
}

/** From the weakest to the strongest; the defaults are the schema's. */
export function layersOf(request: ProfileRequest, file: ConfigFile | undefined): readonly SourcedLayer[] {
  const { connector, profile, overrides = {}, environment, presets = {} } = request;
  const own = [
    fileLayer(file, connector, profile),
    ...environmentLayers(connector, profile, environment),
    { values: camelCased(overrides), origin: () => 'the call' },
  ];
  const name = own.map(({ values }) => valueAt(values, ['preset'])).findLast((value) => value !== undefined);
  // A name that nobody knows is the schema's to refuse.
  if (typeof name !== 'string' || !Object.hasOwn(presets, name)) return own;
  return [{ values: presets[name] ?? {}, origin: () => `preset ${name}` }, ...own];
}

/** The same without the texts that refer to secrets, whose paths go into `found`. */
function withoutReferences(layer: Layer, path: readonly string[], found: string[]): Layer {
  return Object.fromEntries(
    Object.entries(layer).flatMap(([key, value]) => {
      const at = [...path, key];
      if (isPlain(value)) return [[key, withoutReferences(value, at, found)]];
      if (!(Array.isArray(value) ? value.some(refersToSecret) : refersToSecret(value))) return [[key, value]];
      found.push(at.join('.'));
      return [];
    }),
  );
}

function isWithin(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

function unknownProfile({ connector, profile }: ProfileRequest, file: ConfigFile | undefined): ConnectorError {
  const known = Object.keys((valueAt(file?.connectors, [connector]) as Layer | undefined) ?? {});
  const meant = nearest(profile, known);
  const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
  const where = `${file === undefined ? 'there is no config file' : `not in ${file.path}`}, and no ${variablePrefix(connector, profile)}*`;
  return refusal({ connector, profile }, `it is configured nowhere (${where})${hint}`);
}

function refusal({ connector, profile }: ProfileRequest, what: string): ConnectorError {
  return connectorError('CONFIG_INVALID', `profile '${profile}' of ${connector}: ${what}`, {
    connector,
    profile,
    stage: 'configure',
  });
}

/** Keys end up in heap dumps, and a hash of a short password can be tried out: not without this process's own key. */
const HASH_KEY = randomBytes(32);
const functions = new WeakMap<object, number>();
let count = 0;

function keyOf(value: unknown): string {
  return createHmac('sha256', HASH_KEY).update(canonical(value)).digest('base64url');
}

/** JSON with its keys in order; functions and instances stand for themselves. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (isPlain(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    members.sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join()}}`;
  }
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return JSON.stringify(value);
  const known = functions.get(value) ?? ++count;
  functions.set(value, known);
  return `#${known}`;
}
