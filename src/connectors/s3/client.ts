/** A profile as a client: opened by its first use, closed once. */
import { LazyProfile } from '../../config/lazy-profile.ts';
import { clients } from './client-cache.ts';
import type { S3Profile } from './config.ts';
import { classifyS3Error } from './errors.ts';
import { connectS3, nativeClient } from './native.ts';
import { within } from './within.ts';
import type { NativeS3Client } from './native-client.ts';

/** The settings behind a client, for the streams that are made with it. */
export let profileOf: (client: S3Client) => S3Profile;

/** One S3 profile. Made by `s3.client()`; nothing is read, loaded or connected before its first use. */
export class S3Client implements AsyncDisposable {
  readonly profile: string;
  readonly #lazy: LazyProfile<S3Profile>;

  /** `resolve` is called once, at the first use. */
  constructor(profile: string, resolve: () => S3Profile) {
    this.profile = profile;
    this.#lazy = new LazyProfile('s3', profile, resolve);
  }

  static {
    profileOf = (client) => client.#lazy.use();
  }

  /**
   * Milliseconds to the answer of S3 to a request that was signed as this profile. Being refused the list of buckets is
   * an answer as well: who asks is known.
   *
   * @throws ConnectorError with the reason why there is no answer, or why the credentials are refused.
   */
  async ping(): Promise<number> {
    const profile = this.#lazy.use();
    const { read, total } = profile.settings.timeouts;
    return within(total, async (cut) => {
      const s3 = await connectS3(profile);
      const askedAt = performance.now();
      try {
        await within(read, (given) => s3.listBuckets(given), cut);
      } catch (error) {
        const failure = classifyS3Error(error, 'read');
        if (failure.code !== 'ACCESS_DENIED') throw failure;
      }
      return performance.now() - askedAt;
    });
  }

  /** The AWS `S3Client`, with this profile's settings; closed with this client. It repeats nothing by itself. */
  async native(): Promise<NativeS3Client> {
    return nativeClient(this.#lazy.use());
  }

  isClosed(): boolean {
    return this.#lazy.isClosed;
  }

  /** Closes the connections; requests under way fail. */
  close(): Promise<void> {
    return this.#lazy.close(({ key }) => clients.close(key));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
