/** A libpq connection URI ("Connection URIs"): one host, TCP or UNIX socket, percent-encoding undone. */
import { connectorError } from '../../errors.ts';

export interface Dsn {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  readonly sslmode?: string;
  readonly sslrootcert?: string;
  readonly sslcert?: string;
  readonly sslkey?: string;
  readonly applicationName?: string;
}

/** Parameters that node-postgres takes from the profile here, and their names there. */
const PARAMETERS: Readonly<Record<string, keyof Dsn>> = {
  host: 'host',
  port: 'port',
  dbname: 'database',
  user: 'user',
  password: 'password',
  sslmode: 'sslmode',
  sslrootcert: 'sslrootcert',
  sslcert: 'sslcert',
  sslkey: 'sslkey',
  application_name: 'applicationName',
};

/** @throws ConfigError `CONFIG_INVALID`; its message holds nothing of the DSN, which may hold a password. */
export function parseDsn(dsn: string): Dsn {
  const match =
    /^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]]+\]|[^:/?#@,]*)(?::(\d*))?(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(
      dsn,
    );
  if (match === null) {
    throw connectorError(
      'CONFIG_INVALID',
      'the dsn is not of the form postgresql://user:password@host:port/database?sslmode=require (percent-encode special characters; one host)',
    );
  }
  const [, user, password, host, port, database, query] = match;
  const parts: Record<string, string> = {};
  const keep = (key: keyof Dsn, value: string | undefined): void => {
    if (value !== undefined && value !== '') parts[key] = decode(value);
  };
  keep('user', user);
  keep('password', password);
  keep('host', host?.replace(/^\[|\]$/g, ''));
  keep('port', port);
  keep('database', database);
  for (const pair of query === undefined || query === '' ? [] : query.split('&')) {
    const [, name = pair, value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    const key = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (key === undefined) {
      // With an `@` behind it this may be no parameter at all but the rest of a password that holds a `?`.
      const named = query?.includes('@') === true ? 'a parameter that is not known' : `the parameter '${name}'`;
      throw connectorError('CONFIG_INVALID', `the dsn has ${named}; known are ${Object.keys(PARAMETERS).join(', ')}`);
    }
    keep(key, value);
  }
  const { port: portText, ...rest } = parts;
  if (portText === undefined) return rest;
  const number = Number(portText);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw connectorError('CONFIG_INVALID', 'the port of the dsn is not a port');
  return { ...rest, port: number };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw connectorError('CONFIG_INVALID', 'the dsn holds a malformed percent-encoding');
  }
}
