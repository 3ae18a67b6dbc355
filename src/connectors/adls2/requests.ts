/** The requests that this connector makes, by the SDK's plain calls; its types stay behind this module and `native.ts`. */
import type * as Sdk from '@azure/storage-file-datalake';
import { connectorError } from '../../errors.ts';
import type { PathTarget } from './target.ts';

export interface ReadRequest extends PathTarget {
  /** Default: all of it. */
  readonly range?: { readonly offset: number; readonly length: number } | undefined;
  /** In quotes. */
  readonly ifMatch?: string | undefined;
}

export interface ListRequest {
  readonly container: string;
  /** Empty for the whole container. */
  readonly directory: string;
  /** Whether what is in directories below it is listed as well. */
  readonly recursive: boolean;
  /** Default: the first page. */
  readonly continuation?: string | undefined;
  /** Default: the service's, 5,000. */
  readonly pageSize?: number | undefined;
}

/** Each is sent once: repeating is the business of our own policy. */
export class AdlsRequests {
  readonly client: Sdk.DataLakeServiceClient;

  constructor(client: Sdk.DataLakeServiceClient) {
    this.client = client;
  }

  /** The client of a file or directory. Nothing is sent; conditions are to be made anew for each call, for the SDK changes them. */
  file({ container, path }: PathTarget): Sdk.DataLakeFileClient {
    return this.client.getFileSystemClient(container).getFileClient(path);
  }

  /** The cheapest request that is authorized and names no file system. */
  async listFileSystems(signal: AbortSignal): Promise<void> {
    await this.client.listFileSystems({ abortSignal: signal }).byPage({ maxPageSize: 1 }).next();
  }

  /** Get Blob. A body that breaks is told as an error: what the SDK would do about it does not happen in Node. */
  async read(request: ReadRequest, signal: AbortSignal): Promise<Sdk.FileReadResponse> {
    const { range, ifMatch } = request;
    const options = { abortSignal: signal, maxRetryRequests: 0, ...conditionsOf(ifMatch) };
    try {
      return await this.file(request).read(range?.offset, range?.length, options);
    } catch (error) {
      if (error instanceof RangeError)
        throw connectorError('SERVER_ERROR', 'ADLS answered without a length or an ETag');
      throw error;
    }
  }

  /** Get Blob Properties, of a directory as well. */
  properties(request: PathTarget & Pick<ReadRequest, 'ifMatch'>, signal: AbortSignal) {
    return this.file(request).getProperties({ abortSignal: signal, ...conditionsOf(request.ifMatch) });
  }

  /** One page of Path - List, and the way to the next. */
  async listPaths(request: ListRequest, signal: AbortSignal): Promise<Sdk.FileSystemListPathsResponse | undefined> {
    const { container, directory, recursive, continuation, pageSize } = request;
    const pages = this.client
      .getFileSystemClient(container)
      .listPaths({ path: directory, recursive, abortSignal: signal })
      .byPage({
        ...(continuation === undefined ? {} : { continuationToken: continuation }),
        ...(pageSize === undefined ? {} : { maxPageSize: pageSize }),
      });
    const { value } = (await pages.next()) as { value: Sdk.FileSystemListPathsResponse | undefined };
    return value;
  }
}

function conditionsOf(ifMatch: string | undefined): { conditions?: { ifMatch: string } } {
  return ifMatch === undefined ? {} : { conditions: { ifMatch } };
}
