/** Owner, group, permissions and ACL of a path: kept and told, never enforced. */
import { AdlsError } from './errors.ts';

export interface Access {
  readonly owner: string;
  readonly group: string;
  /** `rwxr-x---`, with `+` where there is an extended ACL. */
  readonly permissions: string;
  readonly acl: string;
}

const SUPERUSER = '$superuser';

/** What a new path gets: its `x-ms-permissions`, without the bits of its `x-ms-umask` (0027 unless given). */
export function newAccess(kind: 'file' | 'directory', headers: Readonly<Record<string, string>>): Access {
  const umask = headers['x-ms-umask'] ?? '0027';
  if (!/^[0-7]{4}$/.test(umask)) throw new AdlsError('InvalidHeaderValue');
  const asked = headers['x-ms-permissions'];
  const bits = asked === undefined ? (kind === 'file' ? 0o666 : 0o777) : bitsOf(asked);
  const access = accessOf(SUPERUSER, SUPERUSER, bits & ~parseInt(umask, 8));
  return headers['x-ms-acl'] === undefined ? access : changedAccess(access, { 'x-ms-acl': headers['x-ms-acl'] });
}

/** After `x-ms-owner`, `x-ms-group`, and `x-ms-permissions` or `x-ms-acl`. */
export function changedAccess(access: Access, headers: Readonly<Record<string, string>>): Access {
  const owner = headers['x-ms-owner'] ?? access.owner;
  const group = headers['x-ms-group'] ?? access.group;
  const { 'x-ms-permissions': permissions, 'x-ms-acl': acl } = headers;
  if (permissions !== undefined && acl !== undefined) throw new AdlsError('InvalidInput');
  if (permissions !== undefined) return accessOf(owner, group, bitsOf(permissions));
  if (acl === undefined) return { ...access, owner, group };
  const shown = ['user', 'group', 'other'].map((who) => new RegExp(`(?:^|,)${who}::([r-][w-][x-])`).exec(acl)?.[1]);
  if (shown.includes(undefined)) throw new AdlsError('InvalidInput');
  const extended = acl.split(',').some((entry) => !/^(?:user|group|other)::/.test(entry));
  return { owner, group, permissions: shown.join('') + (extended ? '+' : ''), acl };
}

function accessOf(owner: string, group: string, bits: number): Access {
  const [user = '', members = '', other = ''] = [bits >> 6, bits >> 3, bits].map(letters);
  return {
    ...{ owner, group, permissions: user + members + other },
    acl: `user::${user},group::${members},other::${other}`,
  };
}

const letters = (bits: number): string => `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;

/** `0640` or `rw-r-----`. */
function bitsOf(permissions: string): number {
  if (/^[01]?[0-7]{3}$/.test(permissions)) return parseInt(permissions, 8) & 0o777;
  if (!/^(?:[r-][w-][x-]){3}$/.test(permissions)) throw new AdlsError('InvalidHeaderValue');
  return parseInt(permissions.replace(/[rwx]/g, '1').replaceAll('-', '0'), 2);
}
