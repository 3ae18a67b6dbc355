/** `sluice doctor`: the settings of each profile, whether it connects, and what to do when it does not. */
import { explainProfile, namedProfiles } from '../../config/explain.ts';
import type { SettingSource } from '../../config/explain.ts';
import { configFile } from '../../config/file.ts';
import { adls2Schema } from '../../connectors/adls2/config.ts';
import { postgresSchema } from '../../connectors/postgres/config.ts';
import { adls2, connectors, postgres, s3 } from '../../connectors/registry.ts';
import { s3Schema } from '../../connectors/s3/config.ts';
import { s3Presets } from '../../connectors/s3/presets.ts';
import { redactText } from '../../core/redact.ts';
import { connectorError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { classifyError } from '../../classify/index.ts';

export interface DoctorOptions {
  readonly json: boolean;
  readonly print: (text: string) => void;
}

interface Finding {
  readonly connector: string;
  readonly profile: string;
  readonly settings: readonly SettingSource[];
  /** Milliseconds to the server's answer. */
  readonly ms?: number;
  readonly code?: ErrorCode;
  readonly problem?: string;
  readonly remedy?: string | undefined;
}

const KINDS = {
  postgres: { schema: postgresSchema, presets: {}, ping: (profile: string) => postgres.client(profile).ping() },
  s3: { schema: s3Schema, presets: s3Presets, ping: (profile: string) => s3.client(profile).ping() },
  adls2: { schema: adls2Schema, presets: {}, ping: (profile: string) => adls2.client(profile).ping() },
} as const;
type Kind = keyof typeof KINDS;

const REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  CONFIG_INVALID: 'change the settings that are named, where they were written',
  SECRET_MISSING: 'set the secret that is named, or a provider for its scheme',
  PACKAGE_MISSING: 'install the package that is named',
  AUTH_FAILED:
    'check user, password, keys or identity, and what the server trusts; with sslmode=verify-*, the authority too',
  AUTH_EXPIRED: 'renew the credentials',
  ACCESS_DENIED: 'ask for the right that is missing',
  CONNECTION_FAILED: 'check host and port, and whether a firewall is between',
  CONNECT_TIMEOUT: 'check host and port, and whether a firewall is between',
  CONNECTION_LOST: 'check whether the server speaks what was asked of it, such as TLS',
  NOT_FOUND: 'check the name of the database',
  RESPONSE_TIMEOUT:
    'check whether a firewall or a proxy is between, and whether this machine has the identity asked for',
  SERVER_UNAVAILABLE: 'try again when the server is up; if it has too many connections, lower pool.maxSize',
};

/** The exit code: 0 when every profile connects. */
export async function doctor(names: readonly string[], { json, print }: DoctorOptions): Promise<number> {
  const findings: Finding[] = [];
  try {
    for (const [connector, profile] of chosen(names)) findings.push(await examine(connector, profile));
  } finally {
    await connectors.reset();
  }
  if (json) print(JSON.stringify(findings, undefined, 2));
  else if (findings.length === 0)
    print('No profile is configured: neither a config file nor the environment names one.');
  else print(findings.map(described).join('\n\n'));
  return findings.every(({ code }) => code === undefined) ? 0 : 1;
}

/** `postgres`, `postgres/analytics`; nothing for all. */
function chosen(names: readonly string[]): (readonly [Kind, string])[] {
  const all = (Object.keys(KINDS) as Kind[]).flatMap((kind) =>
    namedProfiles(kind, configFile()).map((profile) => [kind, profile] as const),
  );
  if (names.length === 0) return all;
  return names.flatMap((name) => {
    const [kind = '', profile] = name.split('/', 2);
    if (!isKind(kind)) {
      // What was meant for another place may hold a secret.
      const called = /^[a-z][\w-]{0,15}$/i.test(kind) ? ` is called '${kind}'` : ' is called so';
      throw connectorError('CONFIG_INVALID', `no connector${called}; there are ${Object.keys(KINDS).join(', ')}`);
    }
    return profile === undefined ? all.filter(([other]) => other === kind) : [[kind, profile] as const];
  });
}

function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}

async function examine(connector: Kind, profile: string): Promise<Finding> {
  const { schema, presets, ping } = KINDS[connector];
  const about = { connector, profile, settings: [] };
  try {
    // A URL may have been put where none belongs.
    const settings = explainProfile(schema, { connector, profile, presets }).map((setting) => ({
      ...setting,
      value: redactText(setting.value),
    }));
    try {
      return { ...about, settings, ms: Math.round(await ping(profile)) };
    } catch (error) {
      return { ...about, settings, ...failed(error) };
    }
  } catch (error) {
    return { ...about, ...failed(error) };
  }
}

function failed(caught: unknown): Pick<Finding, 'code' | 'problem' | 'remedy'> {
  const { code, message } = classifyError(caught);
  return { code, problem: message, remedy: REMEDIES[code] };
}

function described({ connector, profile, settings, ms, code, problem, remedy }: Finding): string {
  const width = Math.max(0, ...settings.map(({ path, value }) => path.length + value.length + 2));
  const lines = settings.map(({ path, value, origin }) => `  ${`${path}: ${value}`.padEnd(width)}  ${origin}`);
  const verdict =
    code === undefined
      ? `  ok: answers in ${ms ?? 0} ms`
      : `  ${code}: ${problem ?? ''}${remedy === undefined ? '' : `\n  to mend it: ${remedy}`}`;
  return [`${connector}/${profile}`, ...lines, verdict].join('\n');
}
