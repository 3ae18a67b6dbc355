/** Path - Get Properties with an action, Set Properties and Set Access Control. */
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { changedAccess } from '../access.ts';
import { readConditions, writeConditions } from '../conditions.ts';
import { identity, nodeOf, touch } from '../context.ts';
import type { Context } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { checkLease, leaseHeaders } from '../leases.ts';
import { dfsContentHeaders, dfsMetadata, encodedMetadata } from '../properties.ts';
import type { PathNode } from '../store.ts';

export function getPathStatus(context: Context): Reply {
  const node = nodeOf(context);
  readConditions(context.request.headers, node);
  const properties = encodedMetadata(node.metadata);
  return emptyReply(200, {
    ...identity(node),
    ...accessHeaders(node),
    ...node.headers,
    ...leaseHeaders(node, context.now().getTime()),
    'x-ms-resource-type': node.kind,
    'accept-ranges': 'bytes',
    'content-length': String(node.kind === 'file' ? node.size : 0),
    ...(properties === '' ? {} : { 'x-ms-properties': properties }),
  });
}

export function getPathAccessControl(context: Context): Reply {
  checkNamespace(context);
  const node = nodeOf(context);
  readConditions(context.request.headers, node);
  return emptyReply(200, { ...identity(node), ...accessHeaders(node), 'x-ms-acl': node.access.acl });
}

export function setPathAccessControl(context: Context): Reply {
  checkNamespace(context);
  const node = nodeOf(context);
  writeConditions(context.request.headers, node);
  node.access = changedAccess(node.access, context.request.headers);
  return emptyReply(200, identity(node));
}

export function setPathProperties(context: Context): Reply {
  const { request, limits, now } = context;
  const node = nodeOf(context);
  writeConditions(request.headers, node);
  checkLease(node, request.headers['x-ms-lease-id'], now().getTime());
  node.metadata = dfsMetadata(request, limits) ?? node.metadata;
  node.headers = { ...node.headers, ...dfsContentHeaders(request) };
  touch(node, context);
  return emptyReply(200, identity(node));
}

function checkNamespace({ hierarchicalNamespace }: Context): void {
  if (!hierarchicalNamespace) throw new AdlsError('HierarchicalNamespaceNotEnabled');
}

export const accessHeaders = ({ access }: PathNode): Record<string, string> => ({
  'x-ms-owner': access.owner,
  'x-ms-group': access.group,
  'x-ms-permissions': access.permissions,
});
