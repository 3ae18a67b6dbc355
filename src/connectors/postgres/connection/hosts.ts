/** Lists of servers as libpq has them ("Specifying Multiple Hosts"): how they are written, and in which order they are tried. */
import { connectorError } from '../../../errors.ts';

export const TARGET_SESSION_ATTRS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
export type TargetSessionAttrs = (typeof TARGET_SESSION_ATTRS)[number];

export const LOAD_BALANCE_HOSTS = ['disable', 'random'] as const;
export type LoadBalanceHosts = (typeof LOAD_BALANCE_HOSTS)[number];

/** As it was written: without a port of its own, the port that holds for all. */
export interface NamedHost {
  readonly host: string;
  readonly port?: number;
}

export interface Host {
  readonly host: string;
  readonly port: number;
}

/**
 * `db1,db2:5433`, `[::1]:5433`, `/folder/of/a/socket`; a bare IPv6 address has no port. `decoded` undoes an encoding of names.
 *
 * @throws ConfigError `CONFIG_INVALID`, without the text, which may hold a password.
 */
export function parseHosts(text: string, decoded = (name: string): string => name): readonly NamedHost[] {
  const parts = text.split(',');
  return parts.map((part) => {
    const whole = part.startsWith('/') || (!part.startsWith('[') && part.split(':').length > 2);
    const [, name = part, port] = (whole ? undefined : /^(\[[^\]]+\]|[^:]*)(?::(\d*))?$/.exec(part)) ?? [];
    const host = decoded(name).replace(/^\[(.*)\]$/, '$1');
    if (host === '' && parts.length > 1) throw connectorError('CONFIG_INVALID', 'a host of the list has no name');
    return port === undefined || port === '' ? { host } : { host, port: parsePort(port) };
  });
}

/** @throws ConfigError `CONFIG_INVALID` */
export function parsePort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw connectorError('CONFIG_INVALID', 'the port of a host is not a port');
  return port;
}

/** The hosts in the order in which one connection tries them. */
export function inOrder(hosts: readonly Host[], balance: LoadBalanceHosts): readonly Host[] {
  if (balance === 'disable') return hosts;
  const shuffled = [...hosts];
  for (let at = shuffled.length - 1; at > 0; at -= 1) {
    const [taken] = shuffled.splice(Math.floor(Math.random() * (at + 1)), 1);
    if (taken !== undefined) shuffled.push(taken);
  }
  return shuffled;
}

/** What the session is, as the server says. */
export interface SessionState {
  readonly standby: boolean;
  /** A transaction that begins now cannot write. */
  readonly readOnly: boolean;
}

/** Why a session will not do, or undefined where it will. */
export function unfitness(wanted: TargetSessionAttrs, { standby, readOnly }: SessionState): string | undefined {
  switch (wanted) {
    case 'any':
      return undefined;
    case 'read-write':
      return readOnly ? 'it is read-only' : undefined;
    case 'read-only':
      return readOnly ? undefined : 'it is not read-only';
    case 'primary':
      return standby ? 'it is a standby' : undefined;
    case 'standby':
    case 'prefer-standby':
      return standby ? undefined : 'it is no standby';
  }
}
