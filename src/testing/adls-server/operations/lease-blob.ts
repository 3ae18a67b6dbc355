/** Lease Blob: acquire, renew, change, release, break. */
import { randomUUID } from 'node:crypto';
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { writeConditions } from '../conditions.ts';
import { identity, nodeOf } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { acquire, breakLease, change, release, renew } from '../leases.ts';

export function leaseBlob(context: Context): Reply {
  const { headers } = context.request;
  const node = nodeOf(context);
  const now = context.now().getTime();
  writeConditions(headers, node);
  const id = (): string => required(headers['x-ms-lease-id']);
  switch (required(headers['x-ms-lease-action'])) {
    case 'acquire': {
      const seconds = Number(required(headers['x-ms-lease-duration']));
      const lease = acquire(node, headers['x-ms-proposed-lease-id'] ?? randomUUID(), seconds, now);
      return emptyReply(201, { ...identity(node), 'x-ms-lease-id': lease.id });
    }
    case 'renew':
      return emptyReply(200, { ...identity(node), 'x-ms-lease-id': renew(node, id(), now).id });
    case 'change': {
      const lease = change(node, id(), required(headers['x-ms-proposed-lease-id']));
      return emptyReply(200, { ...identity(node), 'x-ms-lease-id': lease.id });
    }
    case 'release':
      release(node, id());
      return emptyReply(200, identity(node));
    case 'break': {
      const period = headers['x-ms-lease-break-period'];
      const seconds = breakLease(node, period === undefined ? undefined : Number(period), now);
      return emptyReply(202, { ...identity(node), 'x-ms-lease-time': String(seconds) });
    }
    default:
      throw new AdlsError('InvalidHeaderValue');
  }
}

function required(value: string | undefined): string {
  if (value === undefined) throw new AdlsError('MissingRequiredHeader');
  return value;
}
