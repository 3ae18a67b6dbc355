/** The AWS SDK: loaded on first use, and one client per set of settings. Its types stay behind this module. */
import { createHash } from 'node:crypto';
import type * as Sdk from '@aws-sdk/client-s3';
import { revealed } from '../../core/revealed.ts';
import { limitMs } from '../../core/duration.ts';
import { importPackage } from '../../core/optional-package.ts';
import type { RequestLimiter } from '../../core/request-limiter.ts';
import { clients } from './client-cache.ts';
import type { S3Config, S3Profile } from './config.ts';
import { credentialsOf } from './credentials.ts';
import type { CredentialSource, Identity } from './credentials.ts';
import { customerKeyHeaders } from './encryption.ts';
import type { CustomerKeyHeaders } from './encryption.ts';
import { sentAnew } from './renewal.ts';
import { boundDocuments } from './reply-documents.ts';
import type { NativeS3Client } from './native-client.ts';

/** Stores other than AWS have ACLs and storage classes of their own. */
type OpenValues<T> = Omit<T, 'ACL' | 'StorageClass'> & { readonly ACL?: string; readonly StorageClass?: string };

/** The requests that this connector makes. Each is sent once: repeating is the business of our own policy. */
export class S3Requests {
  readonly #sdk: typeof Sdk;
  readonly client: NativeS3Client;
  readonly #customerKey: CustomerKeyHeaders;

  constructor(sdk: typeof Sdk, client: NativeS3Client, customerKey?: string) {
    this.#sdk = sdk;
    this.client = client;
    this.#customerKey = customerKeyHeaders(customerKey);
  }

  /** `showChecksum` asks for the checksum's header without having the SDK compare it: that is done here, once. */
  getObject(input: Sdk.GetObjectCommandInput, signal: AbortSignal, showChecksum = false) {
    const command = new this.#sdk.GetObjectCommand({ ...input, ...this.#customerKey });
    if (showChecksum) addHeader(command, 'x-amz-checksum-mode', 'ENABLED');
    return this.#send<Sdk.GetObjectCommandOutput>(command, signal);
  }

  /** The cheapest request that is signed for and names no bucket. */
  listBuckets(signal: AbortSignal) {
    return this.#send<Sdk.ListBucketsCommandOutput>(new this.#sdk.ListBucketsCommand({ MaxBuckets: 1 }), signal);
  }

  headObject(input: Sdk.HeadObjectCommandInput, signal: AbortSignal) {
    return this.#send<Sdk.HeadObjectCommandOutput>(
      new this.#sdk.HeadObjectCommand({ ...input, ...this.#customerKey }),
      signal,
    );
  }

  objectAttributes(input: Sdk.GetObjectAttributesCommandInput, signal: AbortSignal) {
    const command = new this.#sdk.GetObjectAttributesCommand({ ...input, ...this.#customerKey });
    return this.#send<Sdk.GetObjectAttributesCommandOutput>(command, signal);
  }

  listObjects(input: Sdk.ListObjectsV2CommandInput, signal: AbortSignal) {
    return this.#send<Sdk.ListObjectsV2CommandOutput>(new this.#sdk.ListObjectsV2Command(input), signal);
  }

  putObject(input: OpenValues<Sdk.PutObjectCommandInput>, signal: AbortSignal) {
    const command = new this.#sdk.PutObjectCommand({ ...(input as Sdk.PutObjectCommandInput), ...this.#customerKey });
    return this.#send<Sdk.PutObjectCommandOutput>(command, signal);
  }

  createUpload(input: OpenValues<Sdk.CreateMultipartUploadCommandInput>, signal: AbortSignal) {
    const command = new this.#sdk.CreateMultipartUploadCommand({
      ...(input as Sdk.CreateMultipartUploadCommandInput),
      ...this.#customerKey,
    });
    return this.#send<Sdk.CreateMultipartUploadCommandOutput>(command, signal);
  }

  uploadPart(input: Sdk.UploadPartCommandInput, signal: AbortSignal) {
    return this.#send<Sdk.UploadPartCommandOutput>(
      new this.#sdk.UploadPartCommand({ ...input, ...this.#customerKey }),
      signal,
    );
  }

  completeUpload(input: Sdk.CompleteMultipartUploadCommandInput, signal: AbortSignal) {
    const command = new this.#sdk.CompleteMultipartUploadCommand({ ...input, ...this.#customerKey });
    return this.#send<Sdk.CompleteMultipartUploadCommandOutput>(command, signal);
  }

  abortUpload(input: Sdk.AbortMultipartUploadCommandInput, signal: AbortSignal) {
    const command = new this.#sdk.AbortMultipartUploadCommand(input);
    return this.#send<Sdk.AbortMultipartUploadCommandOutput>(command, signal);
  }

  listParts(input: Sdk.ListPartsCommandInput, signal: AbortSignal) {
    return this.#send<Sdk.ListPartsCommandOutput>(
      new this.#sdk.ListPartsCommand({ ...input, ...this.#customerKey }),
      signal,
    );
  }

  /** With the time of the answer: how old an upload is, is for the clock that dated it. */
  async listUploads(
    input: Sdk.ListMultipartUploadsCommandInput,
    signal: AbortSignal,
  ): Promise<Sdk.ListMultipartUploadsCommandOutput & { readonly answeredAt: Date }> {
    const command = new this.#sdk.ListMultipartUploadsCommand(input);
    let answeredAt = new Date();
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers } = result.response as { headers: Record<string, string | undefined> };
        const date = new Date(headers['date'] ?? NaN);
        if (!Number.isNaN(date.getTime())) answeredAt = date;
        return result;
      },
      { step: 'deserialize', name: 'sluice-date' },
    );
    return { ...(await this.#send<Sdk.ListMultipartUploadsCommandOutput>(command, signal)), answeredAt };
  }

  deleteObject(input: Sdk.DeleteObjectCommandInput, signal: AbortSignal) {
    return this.#send<Sdk.DeleteObjectCommandOutput>(new this.#sdk.DeleteObjectCommand(input), signal);
  }

  /** With the SDK's own checksum, which S3 demands, or with an MD5 for stores that know no other. */
  deleteObjects(input: Sdk.DeleteObjectsCommandInput, signal: AbortSignal, withMd5: boolean) {
    const command = new this.#sdk.DeleteObjectsCommand(input);
    if (withMd5) sendMd5(command);
    return this.#send<Sdk.DeleteObjectsCommandOutput>(command, signal);
  }

  /** A command to be signed, and not to be sent. */
  presignable(method: 'get' | 'put', input: Sdk.GetObjectCommandInput & Sdk.PutObjectCommandInput): object {
    return method === 'get' ? new this.#sdk.GetObjectCommand(input) : new this.#sdk.PutObjectCommand(input);
  }

  async #send<O>(command: object, signal: AbortSignal): Promise<O> {
    boundDocuments(command, command instanceof this.#sdk.GetObjectCommand);
    const send = (): Promise<unknown> => this.client.send(command as never, { abortSignal: signal });
    return (await sentAnew(this.client, send, signal)) as O;
  }
}

/**
 * The requests of one profile's settings, or of a client that was handed in; under the profile's customer key, if it
 * has one.
 *
 * @throws ConfigError `PACKAGE_MISSING` without `@aws-sdk/client-s3`.
 */
export async function connectS3(
  profile: S3Profile,
  client?: NativeS3Client,
  withoutCustomerKey = false,
): Promise<S3Requests> {
  const sdk = await loadSdk();
  const customerKey = withoutCustomerKey ? undefined : await customerKeyOf(profile);
  return new S3Requests(sdk, client ?? (await clientFor(sdk, profile)), customerKey);
}

/** Where it is a secret, it is looked up for each stream and kept no longer. */
async function customerKeyOf(profile: S3Profile): Promise<string | undefined> {
  const { settings, references } = profile;
  const isSecret = references.includes('encryption.customerKey');
  return (isSecret ? await revealed(profile, settings.timeouts.credentials) : settings).encryption?.customerKey;
}

/** The AWS client of a profile. */
export async function nativeClient(profile: S3Profile): Promise<NativeS3Client> {
  return clientFor(await loadSdk(), profile);
}

const loadSdk = () => importPackage(() => import('@aws-sdk/client-s3'), ['@aws-sdk/client-s3']);

/** What all streams over one client have in common, whether it is ours or was handed in. Loads nothing. */
export function limiterFor(profile: S3Profile, client?: NativeS3Client): RequestLimiter {
  return clients.limiter(client ?? profile.key, profile.settings.retries.mode);
}

async function clientFor(sdk: typeof Sdk, profile: S3Profile): Promise<Sdk.S3Client> {
  const known = clients.known(profile.key);
  if (known !== undefined) return known;
  const config = await revealed(profile, profile.settings.timeouts.credentials);
  const credentials = await credentialsOf(profile, config, () => searchedBy(sdk, config));
  return clients.cached(profile.key, () => new sdk.S3Client(clientSettings(config, credentials)));
}

/** The SDK's own search for credentials: that of a client of its own, which sends nothing. */
function searchedBy(sdk: typeof Sdk, { region }: S3Config): () => Promise<Identity> {
  return new sdk.S3Client(region === undefined ? {} : { region }).config.credentials;
}

function clientSettings(
  { region, endpointUrl, addressingStyle, transfer, timeouts }: S3Config,
  credentials: CredentialSource,
): Sdk.S3ClientConfig {
  // An import of node:http makes a module of all its exports, and loads the WebSocket client that is one of them.
  const { Agent: HttpAgent } = process.getBuiltinModule('node:http');
  const { Agent: HttpsAgent } = process.getBuiltinModule('node:https');
  // Several streams share the client, and what cleans up must not queue behind what transfers.
  const agent = { keepAlive: true, maxSockets: Math.max(50, 4 * transfer.concurrency) };
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl, region: region ?? 'us-east-1' }),
    credentials,
    forcePathStyle: addressingStyle === 'path' || (addressingStyle === 'auto' && endpointUrl !== undefined),
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With it the SDK opens a new connection for every part, and some gateways never say 100.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: limitMs(timeouts.connect),
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    },
  };
}

function addHeader(command: Sdk.GetObjectCommand, name: string, value: string): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers[name] = value;
      return next(args);
    },
    { step: 'build', name: `sluice-${name}` },
  );
}

/** In place of the checksums that the SDK has added by then. */
function sendMd5(command: Sdk.DeleteObjectsCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string>; body: string };
      const others = Object.entries(request.headers).filter(([name]) => !/^x-amz-(?:sdk-)?checksum-/.test(name));
      const md5 = createHash('md5').update(request.body).digest('base64');
      request.headers = { ...Object.fromEntries(others), 'content-md5': md5 };
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'sluice-md5' },
  );
}
