/** The way from the streams to an S3 service, through a proxy where the bytes can be intercepted. */
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import type { Wire } from '../wire.ts';
import { proxiedWire } from '../wire.ts';
import type { S3Service } from './s3-service.ts';

/** What a client sends with the request that makes an object visible. */
const COMMITS = ['<CompleteMultipartUpload', 'x-id=PutObject'];

export interface WireTo {
  readonly config: S3Settings;
  readonly wire?: Wire;
  close(): Promise<void>;
}

export async function wireTo({ settings, address }: S3Service): Promise<WireTo> {
  if (address === undefined) return { config: settings, close: () => Promise.resolve() };
  const wire = await proxiedWire(address.host, address.port, COMMITS);
  return {
    config: { ...settings, endpointUrl: `http://127.0.0.1:${wire.port}` },
    wire,
    close: async () => wire[Symbol.asyncDispose](),
  };
}
