/** Which operation a request is; the names are those of Azure's own logs, or near them. */

/** What the DFS endpoint answers. */
const DFS = [
  'AppendFile',
  'CreatePathDir',
  'CreatePathFile',
  'DeletePath',
  'FlushFile',
  'GetPathAccessControl',
  'GetPathStatus',
  'ListPaths',
  'RenamePath',
  'SetPathAccessControl',
  'SetPathProperties',
] as const;

/** What the blob endpoint answers. */
const BLOB = [
  'CreateContainer',
  'DeleteBlob',
  'DeleteContainer',
  'GetAccountInfo',
  'GetBlob',
  'GetBlobProperties',
  'GetContainerProperties',
  'GetServiceProperties',
  'GetUserDelegationKey',
  'LeaseBlob',
  'ListContainers',
  'PutBlob',
  'SetBlobExpiry',
  'SetBlobMetadata',
  'SetBlobProperties',
  'SetContainerMetadata',
  'Unsupported',
] as const;

/** An operation; `Unsupported` is anything this server does not speak. */
export type AdlsOperation = (typeof DFS)[number] | (typeof BLOB)[number];

/** Which endpoint an operation belongs to: it decides the shape of errors. */
export type AdlsSide = 'dfs' | 'blob';

export function isOperation(name: string): name is AdlsOperation {
  return isDfs(name) || (BLOB as readonly string[]).includes(name);
}

export function sideOf(operation: AdlsOperation): AdlsSide {
  return isDfs(operation) ? 'dfs' : 'blob';
}

const isDfs = (name: string): boolean => (DFS as readonly string[]).includes(name);

interface Target {
  readonly method: string;
  readonly container: string | undefined;
  readonly path: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export function operationOf(target: Target): AdlsOperation {
  if (target.container === undefined) return accountOperation(target);
  return dfsOperation(target) ?? (target.path === undefined ? containerOperation(target) : blobOperation(target));
}

function accountOperation({ method, query: { restype, comp } }: Target): AdlsOperation {
  if (restype === 'account' && comp === 'properties') return 'GetAccountInfo';
  if (method === 'GET' && comp === 'list') return 'ListContainers';
  if (restype !== 'service') return 'Unsupported';
  if (method === 'GET' && comp === 'properties') return 'GetServiceProperties';
  return method === 'POST' && comp === 'userdelegationkey' ? 'GetUserDelegationKey' : 'Unsupported';
}

const PATCHES: Readonly<Record<string, AdlsOperation>> = {
  append: 'AppendFile',
  flush: 'FlushFile',
  setProperties: 'SetPathProperties',
  setAccessControl: 'SetPathAccessControl',
};

const HEADS: Readonly<Record<string, AdlsOperation>> = {
  getStatus: 'GetPathStatus',
  getAccessControl: 'GetPathAccessControl',
};

function dfsOperation({ method, path, query, headers }: Target): AdlsOperation | undefined {
  const { action = '', resource, restype, comp } = query;
  switch (method) {
    case 'PATCH':
      return PATCHES[action] ?? 'Unsupported';
    case 'PUT':
      if (path === undefined) return undefined;
      if (headers['x-ms-rename-source'] !== undefined) return 'RenamePath';
      return resource === 'file' ? 'CreatePathFile' : resource === 'directory' ? 'CreatePathDir' : undefined;
    case 'GET':
      return resource === 'filesystem' ? 'ListPaths' : undefined;
    case 'HEAD':
      return HEADS[action];
    case 'DELETE':
      if (path === undefined || restype !== undefined || comp !== undefined) return undefined;
      return 'paginated' in query || 'recursive' in query ? 'DeletePath' : undefined;
    default:
      return undefined;
  }
}

function containerOperation({ method, query: { restype, comp } }: Target): AdlsOperation {
  if (restype !== 'container') return 'Unsupported';
  if (comp === 'metadata') return method === 'PUT' ? 'SetContainerMetadata' : 'GetContainerProperties';
  if (comp !== undefined) return 'Unsupported';
  switch (method) {
    case 'PUT':
      return 'CreateContainer';
    case 'DELETE':
      return 'DeleteContainer';
    case 'GET':
    case 'HEAD':
      return 'GetContainerProperties';
    default:
      return 'Unsupported';
  }
}

const PUTS: Readonly<Record<string, AdlsOperation>> = {
  metadata: 'SetBlobMetadata',
  properties: 'SetBlobProperties',
  lease: 'LeaseBlob',
  expiry: 'SetBlobExpiry',
};

function blobOperation({ method, query: { comp }, headers }: Target): AdlsOperation {
  if (method === 'PUT' && comp !== undefined) return PUTS[comp] ?? 'Unsupported';
  if (comp !== undefined) return 'Unsupported';
  switch (method) {
    case 'PUT':
      return headers['x-ms-blob-type'] === 'BlockBlob' ? 'PutBlob' : 'Unsupported';
    case 'GET':
      return 'GetBlob';
    case 'HEAD':
      return 'GetBlobProperties';
    case 'DELETE':
      return 'DeleteBlob';
    default:
      return 'Unsupported';
  }
}
