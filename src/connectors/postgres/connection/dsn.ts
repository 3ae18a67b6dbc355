/** A libpq connection URI ("Connection URIs"): its hosts, TCP or UNIX sockets, percent-encoding undone. */
import { connectorError } from '../../../errors.ts';
import { parseHosts, parsePort } from './hosts.ts';
import type { NamedHost } from './hosts.ts';

export interface Dsn {
  /** In the order in which they are tried. */
  readonly hosts?: readonly NamedHost[];
  /** Of hosts that name none. */
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  readonly sslmode?: string;
  readonly sslrootcert?: string;
  readonly sslcert?: string;
  readonly sslkey?: string;
  readonly applicationName?: string;
  readonly targetSessionAttrs?: string;
  readonly loadBalanceHosts?: string;
  /** Milliseconds. */
  readonly connectTimeout?: number;
}

/** Parameters of libpq that are known here, and their names in a profile. */
const PARAMETERS: Readonly<Record<string, string>> = {
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
  target_session_attrs: 'targetSessionAttrs',
  load_balance_hosts: 'loadBalanceHosts',
  connect_timeout: 'connectTimeout',
};

/** One of the comma-separated hosts: `name`, `name:port`, `[::1]:port`, `%2Fsocket%2Ffolder`, `:port`. */
const HOST = String.raw`(?:\[[^\]]+\]|[^:/?#@,[\]]*)(?::\d*)?`;
const FORM = new RegExp(
  String.raw`^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(${HOST}(?:,${HOST})*)(?:\/([^?#]*))?(?:\?([^#]*))?$`,
);

/** @throws ConfigError `CONFIG_INVALID`; its message holds nothing of the DSN, which may hold a password. */
export function parseDsn(dsn: string): Dsn {
  const match = FORM.exec(dsn);
  if (match === null) {
    throw connectorError(
      'CONFIG_INVALID',
      'the dsn is not of the form postgresql://user:password@host:port/database?sslmode=require (percent-encode special characters; hosts are separated by commas)',
    );
  }
  const [, user, password, authority = '', database, query] = match;
  const parts: Record<string, string> = {};
  const keep = (key: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') parts[key] = decode(value);
  };
  keep('user', user);
  keep('password', password);
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
  const { host, port, connectTimeout, ...texts } = parts;
  const hosts = host === undefined ? parseHosts(authority, decode) : parseHosts(host);
  return {
    ...texts,
    ...(connectTimeout === undefined ? {} : { connectTimeout: seconds(connectTimeout) * 1_000 }),
    ...located(hosts, port === undefined ? [] : port.split(',').map(parsePort)),
  };
}

/** One port is that of all hosts; several are one for each. */
function located(named: readonly NamedHost[], ports: readonly number[]): Pick<Dsn, 'hosts' | 'port'> {
  if (ports.length > 1 && ports.length !== named.length) {
    throw connectorError('CONFIG_INVALID', `the dsn has ${named.length} hosts and ${ports.length} ports`);
  }
  const [port = named[0]?.port] = ports;
  // Without a name, the host is for other settings to say.
  if (named.length === 1 && named[0]?.host === '') return port === undefined ? {} : { port };
  if (ports.length === 0) return { hosts: named };
  return { hosts: named.map(({ host }, at) => ({ host, port: ports[at] ?? ports[0] ?? 0 })) };
}

function seconds(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw connectorError('CONFIG_INVALID', 'connect_timeout of the dsn must be whole seconds, at least 1');
  }
  return Number(text);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw connectorError('CONFIG_INVALID', 'the dsn holds a malformed percent-encoding');
  }
}
