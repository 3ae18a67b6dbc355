/** Containers, which the DFS side calls filesystems. */
import { emptyReply } from '../../store-server/reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { readConditions, writeConditions } from '../conditions.ts';
import { containerOf, identity, touch } from '../context.ts';
import type { Context, Settings } from '../context.ts';
import { AdlsError } from '../errors.ts';
import { blobMetadata, metadataHeaders } from '../properties.ts';
import { Paths } from '../store.ts';
import type { Container } from '../store.ts';
import { newDirectory } from './create-path.ts';

export function createContainer(context: Context): Reply {
  const { request, containers, limits } = context;
  const name = request.container ?? '';
  if (containers.has(name)) throw new AdlsError('ContainerAlreadyExists');
  const container = newContainer(context, name, blobMetadata(request, limits));
  return emptyReply(201, identity(container));
}

/** "Naming and referencing containers": 3 to 63 lower-case letters, digits and single hyphens. */
export function newContainer(
  settings: Settings,
  name: string,
  metadata: Readonly<Record<string, string>> = {},
): Container {
  if (!/^(?:\$root|(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*)$/.test(name)) throw new AdlsError('InvalidResourceName');
  const lastModified = settings.now();
  const container: Container = {
    ...{ name, metadata, lastModified, etag: settings.newEtag(lastModified) },
    ...{ root: newDirectory(settings), paths: new Paths() },
  };
  settings.containers.set(name, container);
  return container;
}

export function deleteContainer(context: Context): Reply {
  const container = containerOf(context);
  writeConditions(context.request.headers, container);
  context.containers.delete(container.name);
  return emptyReply(202);
}

export function getContainerProperties(context: Context): Reply {
  const container = containerOf(context);
  readConditions(context.request.headers, container);
  return emptyReply(200, {
    ...identity(container),
    ...metadataHeaders(container.metadata),
    'x-ms-lease-status': 'unlocked',
    'x-ms-lease-state': 'available',
    'x-ms-has-immutability-policy': 'false',
    'x-ms-has-legal-hold': 'false',
    'x-ms-default-encryption-scope': '$account-encryption-key',
    'x-ms-deny-encryption-scope-override': 'false',
  });
}

export function setContainerMetadata(context: Context): Reply {
  const container = containerOf(context);
  writeConditions(context.request.headers, container);
  container.metadata = blobMetadata(context.request, context.limits);
  touch(container, context);
  return emptyReply(200, identity(container));
}
