/**
 * `secret://<scheme>/<name>` in settings: a whole value, or a part of one. Resolved when a client opens, never before;
 * nothing here keeps what a provider answered.
 */
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { connectorError } from '../errors.ts';
import type { Layer } from './layer.ts';
import { isPlain } from './layer.ts';

/** Looks one secret up; undefined when there is none of this name. */
export type SecretsProvider = (name: string) => string | undefined | Promise<string | undefined>;

const SCHEME = '[a-z][a-z0-9+.-]*';
const WHOLE = new RegExp(`^secret://(${SCHEME})/(.+)$`, 's');
/** Inside a value, a reference ends where a URL's or a connection string's delimiter stands; that of `env` at any non-word. */
const INSIDE = new RegExp(`secret://(?:(env)/(\\w+)|(${SCHEME})/([\\w.~%/+-]+))`, 'g');
const URL_LIKE = /^[a-z][a-z0-9+.-]*:\/\//;

const builtIn: Readonly<Record<string, SecretsProvider>> = {
  env: (name) => process.env[name],
  file: async (name) => {
    try {
      return (await readFile(`/${name}`, 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  },
};
const providers = new Map(Object.entries(builtIn));

/**
 * Who resolves `secret://<scheme>/...` from now on, in this process. `env` (a variable) and `file` (an absolute path,
 * without a last newline) are there from the start and can be replaced; `undefined` brings them back.
 *
 * @throws ConfigError `CONFIG_INVALID` for what is no scheme or no function.
 */
export function setSecretsProvider(scheme: string, provider: SecretsProvider | undefined): void {
  if (!new RegExp(`^${SCHEME}$`).test(scheme)) {
    throw connectorError('CONFIG_INVALID', 'a scheme of secrets is lower-case letters, digits, `+`, `.` and `-`');
  }
  const chosen = provider ?? (Object.hasOwn(builtIn, scheme) ? builtIn[scheme] : undefined);
  if (chosen === undefined) providers.delete(scheme);
  else if (typeof chosen === 'function') providers.set(scheme, chosen);
  else throw connectorError('CONFIG_INVALID', 'a provider of secrets is a function from a name to its secret');
}

/** A provider over fixed secrets, for tests. */
export function staticSecrets(secrets: Readonly<Record<string, string>>): SecretsProvider {
  const known = new Map(Object.entries(secrets));
  return (name) => known.get(name);
}

/** Whether the text holds a reference. */
export function refersToSecret(value: unknown): value is string {
  return typeof value === 'string' && value.includes('secret://');
}

/** Whether a value that does not fit may be repeated: a number, a switch or a short word is no key, token or URL. */
export function isHarmless(value: unknown): boolean {
  return /^(?:-?[\d.e+]{1,20}|true|false|'[\w.:% -]{0,16}')$/.test(inspect(value));
}

/** The same settings with every secret in place; the argument is not changed. */
export async function withSecrets(settings: Layer): Promise<Layer> {
  const entries = Object.entries(settings).map(async ([key, value]) => [key, await resolved(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function resolved(value: unknown): Promise<unknown> {
  if (refersToSecret(value)) return textOf(value);
  if (Array.isArray(value)) return Promise.all(value.map(resolved));
  return isPlain(value) ? withSecrets(value) : value;
}

async function textOf(text: string): Promise<string> {
  const [, scheme, name] = WHOLE.exec(text) ?? [];
  if (scheme !== undefined && name !== undefined) return secretOf(scheme, name);
  const encode = URL_LIKE.test(text) ? encodeURIComponent : (secret: string) => secret;
  const found = [...text.matchAll(INSIDE)].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
    scheme: match[1] ?? match[3] ?? '',
    name: match[2] ?? match[4] ?? '',
  }));
  if (found.length === 0) throw malformed();
  const secrets = await Promise.all(found.map((reference) => secretOf(reference.scheme, reference.name)));
  let filled = '';
  let done = 0;
  for (const [index, { from, to }] of found.entries()) {
    filled += text.slice(done, from) + encode(secrets[index] ?? '');
    done = to;
  }
  return filled + text.slice(done);
}

/** @throws ConfigError `SECRET_MISSING` naming the reference. */
async function secretOf(scheme: string, name: string): Promise<string> {
  const reference = `secret://${scheme}/${name}`;
  const provider = providers.get(scheme);
  if (provider === undefined) {
    const known = [...providers.keys()].join(', ');
    throw connectorError('SECRET_MISSING', `nobody resolves ${reference}: known schemes are ${known}`, CONFIGURING);
  }
  let secret: unknown;
  try {
    secret = await provider(name);
  } catch (error) {
    // What a provider says of its failure may hold what it looked up, or what it looked it up with.
    const kind = error instanceof Error ? ` (${error.name})` : '';
    throw connectorError('SECRET_MISSING', `the provider of ${reference} failed${kind}`, CONFIGURING);
  }
  if (typeof secret === 'string') return secret;
  const what = secret === undefined || secret === null ? 'is not there' : 'is not a text';
  throw connectorError('SECRET_MISSING', `the secret of ${reference} ${what}`, CONFIGURING);
}

const CONFIGURING = { stage: 'configure' } as const;

function malformed(): Error {
  return connectorError('CONFIG_INVALID', 'a secret:// reference needs the form secret://scheme/name', CONFIGURING);
}
