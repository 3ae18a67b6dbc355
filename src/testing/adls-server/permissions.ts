/** Which level and which of the letters of a signature an operation needs ("Create an account SAS", "Create a service SAS"). */
import type { AdlsOperation } from './routes.ts';

/** Level: service, container or object; letters: any of them will do. */
const NEEDS: Readonly<Record<AdlsOperation, readonly ['s' | 'c' | 'o', string]>> = {
  AppendFile: ['o', 'aw'],
  CreateContainer: ['c', 'cw'],
  CreatePathDir: ['o', 'cw'],
  CreatePathFile: ['o', 'cw'],
  DeleteBlob: ['o', 'd'],
  DeleteContainer: ['c', 'd'],
  DeletePath: ['o', 'd'],
  FlushFile: ['o', 'aw'],
  GetAccountInfo: ['s', 'rwdlacupm'],
  GetBlob: ['o', 'r'],
  GetBlobProperties: ['o', 'r'],
  GetContainerProperties: ['c', 'r'],
  GetPathAccessControl: ['o', 're'],
  GetPathStatus: ['o', 're'],
  GetServiceProperties: ['s', 'r'],
  GetUserDelegationKey: ['s', 'r'],
  LeaseBlob: ['o', 'w'],
  ListContainers: ['s', 'l'],
  ListPaths: ['c', 'l'],
  PutBlob: ['o', 'cw'],
  RenamePath: ['o', 'mw'],
  SetBlobExpiry: ['o', 'w'],
  SetBlobMetadata: ['o', 'w'],
  SetBlobProperties: ['o', 'w'],
  SetContainerMetadata: ['c', 'w'],
  SetPathAccessControl: ['o', 'pw'],
  SetPathProperties: ['o', 'w'],
  Unsupported: ['o', 'rwdlacupm'],
};

/** What is missing, if anything. A signature without `levels` is one of a service, bound to its resource otherwise. */
export function allows(
  operation: AdlsOperation,
  levels: string | undefined,
  letters: string,
): 'yes' | 'resource-type' | 'permission' {
  const [level, needed] = NEEDS[operation];
  // Any level may ask what kind of account this is.
  if (levels !== undefined && !levels.includes(level) && operation !== 'GetAccountInfo') return 'resource-type';
  return new RegExp(`[${needed}]`).test(letters) ? 'yes' : 'permission';
}
