/** A profile as a client: opened by its first use, closed once. */
import { LazyProfile } from '../../config/lazy-profile.ts';
import { connections } from './client-cache.ts';
import { clientProfiles } from './client-profiles.ts';
import type { Adls2Profile } from './config.ts';
import { classifyAdlsError, isKnownCaller } from './errors.ts';
import { connectAdls, nativeClient } from './native.ts';
import type { NativeAdlsClient, NativeFileSystemClient } from './native-client.ts';
import { within } from './within.ts';

/** One ADLS Gen2 profile. Made by `adls2.client()`; nothing is read, loaded or connected before its first use. */
export class Adls2Client implements AsyncDisposable {
  readonly profile: string;
  readonly #lazy: LazyProfile<Adls2Profile>;

  /** `resolve` is called once, at the first use. */
  constructor(profile: string, resolve: () => Adls2Profile) {
    this.profile = profile;
    this.#lazy = new LazyProfile('adls2', profile, resolve);
    clientProfiles.set(this, this.#lazy);
  }

  /**
   * Milliseconds to the account's answer to a request that was authorized as this profile, a token included where one
   * had to be asked for. Being refused the list of file systems is an answer as well, if the account says by its code
   * that it knows who asks; being refused for the network that the request comes from is none.
   *
   * @throws ConnectorError with the reason why there is no answer, or why the credentials are refused.
   */
  async ping(): Promise<number> {
    const profile = this.#lazy.use();
    const adls = await connectAdls(profile);
    const askedAt = performance.now();
    try {
      await within(profile.settings.timeouts.operation, (cut) => adls.listFileSystems(cut));
    } catch (error) {
      if (!isKnownCaller(error)) throw classifyAdlsError(error, 'read');
    }
    return performance.now() - askedAt;
  }

  /**
   * Azure's `DataLakeServiceClient`, with this profile's settings; its connections end with this client. It repeats
   * nothing by itself.
   */
  async dataLakeServiceClient(): Promise<NativeAdlsClient> {
    return nativeClient(this.#lazy.use());
  }

  /** Azure's `DataLakeFileSystemClient` of a container. */
  async fileSystemClient(container: string): Promise<NativeFileSystemClient> {
    return (await this.dataLakeServiceClient()).getFileSystemClient(container);
  }

  isClosed(): boolean {
    return this.#lazy.isClosed;
  }

  /** Closes the connections; requests under way fail. */
  close(): Promise<void> {
    return this.#lazy.close(({ key }) => connections.close(key));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
