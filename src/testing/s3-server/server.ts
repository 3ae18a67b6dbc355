/** An S3 server in memory, on loopback, that verifies signatures and fails on demand. */
import { exchange } from '../store-server/exchange.ts';
import { createFaults } from '../store-server/faults.ts';
import { listen } from '../store-server/listener.ts';
import { createOperationLog } from '../store-server/operation-log.ts';
import type { WaitPhase } from '../store-server/operation-log.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import type { Settings } from './context.ts';
import { CredentialStore } from './credentials.ts';
import type { S3Credentials } from './credentials.ts';
import type { FaultAction, FaultHandle, FaultSelector } from './faults.ts';
import { resolveLimits } from './limits.ts';
import type { S3Limits } from './limits.ts';
import type { OperationEntry } from './operation-entry.ts';
import type { S3Request } from './request.ts';
import { isOperation } from './routes.ts';
import type { S3Operation } from './routes.ts';
import { createSeeding } from './seeding.ts';
import type { Seeding } from './seeding.ts';
import { s3Service } from './service.ts';
import { createStore } from './store.ts';

/** Everything is optional. */
export interface S3ServerOptions {
  /** Only loopback. */
  readonly host?: '127.0.0.1' | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
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
export interface S3Server extends Seeding, AsyncDisposable {
  /** `http://127.0.0.1:port`; for path-style requests. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Every request since the start, in the order of arrival; entries fill in as requests end. */
  readonly operations: readonly OperationEntry[];
  /** Resolves when the nth request of an operation has arrived, or with `ended` when it is over; past ones count. */
  waitFor(operation: S3Operation | '*', nth: number, phase?: WaitPhase): Promise<OperationEntry>;
  /** Makes something go wrong. */
  on(operation: S3Operation | '*', nth: FaultSelector, action: FaultAction): FaultHandle;
  /** Accepts another key pair from now on, or the same with another secret or token. */
  addCredentials(credentials: S3Credentials): void;
  /** Answers requests signed with this key with `ExpiredToken` from now on. */
  expireCredentials(accessKeyId: string): void;
  /** Ends all connections at once, stalled ones too, and frees the port; idempotent. */
  close(): Promise<void>;
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
  const faults = createFaults<S3Request>(isOperation);
  const log = createOperationLog<S3Request>();
  const verifier = { credentials, region: settings.region, now: settings.now };
  const exchanges = { service: s3Service(settings, verifier), faults, log };
  const host = options.host ?? '127.0.0.1';
  const listener = await listen(host, options.port ?? 0, (message, response, expectsContinue) => {
    void exchange(exchanges, message, response, expectsContinue);
  });
  return {
    ...seeding,
    endpoint: `http://${host}:${listener.port}`,
    port: listener.port,
    region: settings.region,
    accessKeyId,
    secretAccessKey,
    sessionToken,
    operations: log.entries,
    waitFor: log.waitFor,
    on: faults.on,
    addCredentials: (added) => credentials.add(added),
    expireCredentials: (id) => credentials.expire(id),
    close: listener.close,
    [Symbol.asyncDispose]: listener.close,
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
