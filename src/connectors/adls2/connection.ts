/** The requests of one operation: the SDK is loaded, and its client made, when they are first asked for. */
import { openedOnce } from '../../core/opened-once.ts';
import type { Attributes, Operation } from '../../core/operation.ts';
import { clientServer } from './attributes.ts';
import type { Adls2Profile } from './config.ts';
import { connectAdls } from './native.ts';
import type { NativeAdlsClient } from './native-client.ts';
import type { AdlsRequests } from './requests.ts';

export interface ConnectionOptions {
  /** One of Azure that was handed in. Default: that of the profile. */
  readonly client?: NativeAdlsClient | undefined;
  /** What the operation's span tells of the server already. */
  readonly server: Attributes;
}

/** Connects once, and anew after a failure. Nothing is opened yet. */
export function connection(
  profile: Adls2Profile,
  operation: Operation,
  { client, server }: ConnectionOptions,
): () => Promise<AdlsRequests> {
  return openedOnce(async () => {
    const adls = await connectAdls(profile, client);
    if (!('server.address' in server)) operation.annotate(clientServer(adls.client));
    return adls;
  });
}
