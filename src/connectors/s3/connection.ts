/** The requests of one operation: the SDK is loaded, and its client made, when they are first asked for. */
import { openedOnce } from '../../core/opened-once.ts';
import type { Attributes, Operation } from '../../core/operation.ts';
import { clientServer } from './attributes.ts';
import type { S3Profile } from './config.ts';
import { connectS3 } from './native.ts';
import type { S3Requests } from './native.ts';
import type { NativeS3Client } from './native-client.ts';

export interface ConnectionOptions {
  /** One of AWS that was handed in. Default: that of the profile. */
  readonly client?: NativeS3Client | undefined;
  /** What the operation's span tells of the server already. */
  readonly server: Attributes;
  readonly withoutCustomerKey?: boolean;
}

/** Connects once, and anew after a failure. Nothing is opened yet. */
export function connection(
  profile: S3Profile,
  operation: Operation,
  { client, server, withoutCustomerKey = false }: ConnectionOptions,
): () => Promise<S3Requests> {
  return openedOnce(async () => {
    const s3 = await connectS3(profile, client, withoutCustomerKey);
    const isTold = 'server.address' in server && 'cloud.region' in server;
    if (!isTold) operation.annotateFrom(() => clientServer(s3.client));
    return s3;
  });
}
