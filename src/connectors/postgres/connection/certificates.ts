/** Certificates and keys that are named by a file, as libpq's settings do. */
import { readFile } from 'node:fs/promises';
import { connectorError } from '../../../errors.ts';
import type { PostgresConfig } from '../config.ts';

const FIELDS = ['sslrootcert', 'sslcert', 'sslkey'] as const;

/**
 * The same with the PEM text of each.
 *
 * @throws ConfigError `CONFIG_INVALID` naming the setting, for a file that cannot be read or holds no PEM.
 */
export async function withCertificates(config: PostgresConfig): Promise<PostgresConfig> {
  const texts = await Promise.all(FIELDS.map(async (field) => [field, await pemOf(field, config[field])] as const));
  return { ...config, ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)) };
}

async function pemOf(field: (typeof FIELDS)[number], value: string | undefined): Promise<string | undefined> {
  if (value === undefined || isPem(value)) return value;
  const text = await readFile(value, 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
    throw connectorError('CONFIG_INVALID', `${field} is no PEM text, and no file of this name: ${reason}`, CONFIGURING);
  });
  if (isPem(text)) return text;
  throw connectorError('CONFIG_INVALID', `the file that ${field} names holds no PEM text`, CONFIGURING);
}

const CONFIGURING = { connector: 'postgres', stage: 'configure' } as const;

const isPem = (text: string): boolean => text.includes('-----BEGIN ');
