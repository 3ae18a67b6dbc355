/** The user's servers as services of the conformance suites: in a schema, or under a prefix, that goes again. */
import assert from 'node:assert/strict';
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { parseDsn } from '../../src/connectors/postgres/connection/dsn.ts';
import { connectService } from '../conformance/subjects/postgres-service.ts';
import type { PostgresService } from '../conformance/subjects/postgres-service.ts';
import { arrangingClient, listedUploads, removeObjects } from '../conformance/subjects/s3-service.ts';
import type { S3Service } from '../conformance/subjects/s3-service.ts';
import type { AdlsAccount } from '../conformance/subjects/adls-servers.ts';
import { openEndpointOf } from '../conformance/subjects/adls-service.ts';
import type { NamedAdls, NamedPostgres, NamedS3 } from './named-servers.ts';

const MIB = 1024 * 1024;

export async function userPostgres({ dsn, encrypted }: NamedPostgres): Promise<PostgresService> {
  const service = await connectService(dsn);
  const { host = 'localhost', port = 5432 } = parseDsn(dsn).hosts?.[0] ?? {};
  return encrypted || host.startsWith('/') ? service : { ...service, address: { host, port } };
}

/** Why no check can get at the wire, if none can. */
export function opaque(server: NamedPostgres | NamedS3 | NamedAdls): { readonly opaqueWire?: string } {
  return isOpen(server) ? {} : { opaqueWire: 'its connections cannot be cut in the middle (TLS, or a UNIX socket)' };
}

function isOpen(server: NamedPostgres | NamedS3 | NamedAdls): boolean {
  if ('connectionString' in server) return openEndpointOf(server.connectionString) !== undefined;
  if ('bucket' in server) return server.endpointUrl?.startsWith('http:') === true;
  return !server.encrypted && !(parseDsn(server.dsn).hosts?.[0]?.host ?? '').startsWith('/');
}

/** The settings of streams and of the client that arranges; credentials by the SDK's own search. */
export function s3Settings({ endpointUrl, region }: NamedS3) {
  return {
    ...(endpointUrl === undefined ? {} : { endpointUrl, allowHttp: true }),
    ...(region === undefined ? {} : { region }),
  };
}

export function userS3(named: NamedS3): Promise<S3Service> {
  const { bucket, endpointUrl } = named;
  const settings = s3Settings(named);
  const prefix = `sluice-live-${crypto.randomUUID().slice(0, 8)}/`;
  const client = arrangingClient({ settings });
  return Promise.resolve({
    ...{ settings, bucket, prefix, minPartSize: 5 * MIB },
    ...(endpointUrl?.startsWith('http:') === true ? { address: addressOf(endpointUrl) } : {}),
    openUploads: async (key) => (await listedUploads(client, bucket, key)).length,
    async [Symbol.asyncDispose]() {
      await removeObjects(client, bucket, prefix);
      const left = await abortUploads(client, bucket, prefix);
      client.destroy();
      assert.equal(left, 0, `${left} uploads were left under ${prefix}; they have been aborted`);
    },
  });
}

function addressOf(endpointUrl: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(endpointUrl);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) };
}

/** Aborts what is left, and says how many that were. */
async function abortUploads(client: S3Client, bucket: string, prefix: string): Promise<number> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
  const left = Uploads.filter(({ Key }) => Key?.startsWith(prefix));
  for (const { Key, UploadId } of left) {
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  }
  return left.length;
}

/** A directory of one's own in the container, which must be there; Azurite gets one for this run. */
export async function userAdls({ connectionString, container, isAzurite }: NamedAdls): Promise<AdlsAccount> {
  const directory = `sluice-live-${process.pid}-${Date.now()}`;
  const account = { connectionString, container, prefix: `${directory}/` };
  const files = DataLakeServiceClient.fromConnectionString(connectionString).getFileSystemClient(container);
  if (isAzurite) {
    await files.create();
    return { ...account, blobsAlone: true, [Symbol.asyncDispose]: () => files.delete().then(() => undefined) };
  }
  return {
    ...account,
    async [Symbol.asyncDispose]() {
      await files.getDirectoryClient(directory).deleteIfExists(true);
    },
  };
}
