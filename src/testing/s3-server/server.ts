/** An S3 server in memory, on loopback, that verifies signatures and fails on demand. */
import { startStoreServer } from '../store-server/store-server.ts';
import type { StoreServer, StoreServerOptions } from '../store-server/store-server.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import type { Settings } from './context.ts';
import { CredentialStore } from './credentials.ts';
import type { S3Credentials } from './credentials.ts';
import { resolveLimits } from './limits.ts';
import type { S3Limits } from './limits.ts';
import type { S3Request } from './request.ts';
import { isOperation } from './routes.ts';
import { createSeeding } from './seeding.ts';
import type { Seeding } from './seeding.ts';
import { s3Service } from './service.ts';
import { createStore } from './store.ts';

/** Everything is optional. */
export interface S3ServerOptions extends StoreServerOptions {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  /** When set, every request must carry it. */
  readonly sessionToken?: string | undefined;
  /** Default us-east-1. */
  readonly region?: string | undefined;
  /** Default: those of S3. */
  readonly limits?: Partial<S3Limits> | undefined;
  /** Created at the start. */
  readonly buckets?: readonly string[] | undefined;
  /** Computed for objects whose writer sent no checksum. Default CRC64NVME, as S3 does; `none` saves the time. */
  readonly defaultChecksum?: ChecksumAlgorithm | 'none' | undefined;
  /** Default `md5`; `opaque` ETags are no digest, as under SSE-KMS, and cost nothing. */
  readonly etags?: 'md5' | 'opaque' | undefined;
  /** The server's clock. */
  readonly now?: (() => Date) | undefined;
}

/** A running server. */
export interface S3Server extends Seeding, StoreServer<S3Request> {
  /** `http://127.0.0.1:port`; for path-style requests. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Accepts another key pair from now on, or the same with another secret or token. */
  addCredentials(credentials: S3Credentials): void;
  /** Answers requests signed with this key with `ExpiredToken` from now on. */
  expireCredentials(accessKeyId: string): void;
}

/**
 * Starts an S3 server that an unmodified AWS SDK takes for S3. It keeps everything in memory and listens on 127.0.0.1.
 *
 * @throws TypeError or RangeError for a limit that is unknown or no whole number; the system's error when the port is
 * taken.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const settings = settingsOf(options);
  const { accessKeyId = 'AKIDSLUICETESTING000', secretAccessKey = 'sluice-testing-secret-key' } = options;
  const { sessionToken } = options;
  const credentials = new CredentialStore();
  credentials.add({ accessKeyId, secretAccessKey, sessionToken });
  const seeding = createSeeding(settings);
  for (const bucket of options.buckets ?? []) seeding.createBucket(bucket);
  const verifier = { credentials, region: settings.region, now: settings.now };
  const server = await startStoreServer(s3Service(settings, verifier), isOperation, options);
  return {
    ...seeding,
    ...server,
    endpoint: `http://127.0.0.1:${server.port}`,
    region: settings.region,
    accessKeyId,
    secretAccessKey,
    sessionToken,
    addCredentials: (added) => credentials.add(added),
    expireCredentials: (id) => credentials.expire(id),
  };
}

function settingsOf({ region, limits, now, defaultChecksum = 'CRC64NVME', etags }: S3ServerOptions): Settings {
  return {
    store: createStore(),
    limits: resolveLimits(limits),
    region: region ?? 'us-east-1',
    now: now ?? (() => new Date()),
    defaultChecksum: defaultChecksum === 'none' ? undefined : defaultChecksum,
    md5Etags: etags !== 'opaque',
  };
}
