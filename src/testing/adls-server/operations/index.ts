/** Every operation by its name. */
import type { Operation } from '../context.ts';
import { AdlsError } from '../errors.ts';
import type { AdlsOperation } from '../routes.ts';
import * as account from './account.ts';
import * as containers from './containers.ts';
import { createPathDir, createPathFile } from './create-path.ts';
import { deleteBlob, deletePath } from './delete-path.ts';
import { leaseBlob } from './lease-blob.ts';
import { listPaths } from './list-paths.ts';
import * as status from './path-status.ts';
import { getBlob, getBlobProperties } from './read-blob.ts';
import { renamePath } from './rename-path.ts';
import * as blobs from './write-blob.ts';
import { appendFile, flushFile } from './write-file.ts';

export const OPERATIONS: Readonly<Record<AdlsOperation, Operation>> = {
  AppendFile: appendFile,
  CreateContainer: containers.createContainer,
  CreatePathDir: createPathDir,
  CreatePathFile: createPathFile,
  DeleteBlob: deleteBlob,
  DeleteContainer: containers.deleteContainer,
  DeletePath: deletePath,
  FlushFile: flushFile,
  GetAccountInfo: account.getAccountInfo,
  GetBlob: getBlob,
  GetBlobProperties: getBlobProperties,
  GetContainerProperties: containers.getContainerProperties,
  GetPathAccessControl: status.getPathAccessControl,
  GetPathStatus: status.getPathStatus,
  GetServiceProperties: account.getServiceProperties,
  GetUserDelegationKey: account.getUserDelegationKey,
  LeaseBlob: leaseBlob,
  ListContainers: account.listContainers,
  ListPaths: listPaths,
  PutBlob: blobs.putBlob,
  RenamePath: renamePath,
  SetBlobExpiry: blobs.setBlobExpiry,
  SetBlobMetadata: blobs.setBlobMetadata,
  SetBlobProperties: blobs.setBlobProperties,
  SetContainerMetadata: containers.setContainerMetadata,
  SetPathAccessControl: status.setPathAccessControl,
  SetPathProperties: status.setPathProperties,
  Unsupported: () => {
    throw new AdlsError('NotImplemented');
  },
};
