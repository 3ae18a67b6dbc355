/** Receives a request body: undoes aws-chunked, hashes what somebody asked for, and refuses what does not add up. */
import type { IncomingMessage } from 'node:http';
import { drain } from '../store-server/drain.ts';
import { createAwsChunkedDecoder } from './aws-chunked.ts';
import { CHECKSUM_ALGORITHMS, DIGEST_BYTES, checksumHeader, createHasher, isChecksumAlgorithm } from './checksums.ts';
import type { ChecksumAlgorithm, Hasher } from './checksums.ts';
import { S3Error } from './errors.ts';
import type { IncomingRequest } from './request.ts';
import type { Signature } from './sigv4.ts';

/** A body that has arrived whole and verified. */
export interface ReceivedBody {
  readonly chunks: readonly Buffer[];
  readonly size: number;
  /** Hex; present when asked for. */
  readonly md5: string | undefined;
  /** The checksum the client sent, or the one `wanted`; base64. */
  readonly checksum: BodyChecksum | undefined;
}

/** A verified or computed digest, base64. */
export interface BodyChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  /** Whether the client sent it. */
  readonly sent: boolean;
}

export interface BodyOptions {
  readonly signature: Signature;
  readonly maxBytes: number;
  readonly minChunkSize: number;
  readonly md5: boolean;
  /** Computed when the client sends none. */
  readonly wanted: ChecksumAlgorithm | undefined;
  /** Whether the operation refuses a body of unannounced length. */
  readonly lengthRequired: boolean;
  readonly onBytes: (count: number) => void;
}

/** Throws `S3Error` after the body has been read to its end, or when the client goes away. */
export async function receiveBody(
  message: IncomingMessage,
  request: IncomingRequest,
  options: BodyOptions,
): Promise<ReceivedBody> {
  const { payload } = options.signature;
  const streaming = payload.startsWith('STREAMING-');
  const declared = announcedLength(request, streaming);
  if (declared === undefined && options.lengthRequired) throw new S3Error('MissingContentLength');
  if (declared !== undefined && declared > options.maxBytes) throw tooLarge(declared, options.maxBytes);
  const expected = expectedChecksum(request);
  const md5Given = contentMd5(request);
  const md5 = options.md5 || md5Given !== undefined ? createHasher('MD5') : undefined;
  const sha256 = /^[0-9a-f]{64}$/.test(payload) ? createHasher('SHA256') : undefined;
  const algorithm = expected?.algorithm ?? options.wanted;
  const hasher = algorithm === undefined ? undefined : createHasher(algorithm);
  const hashers = [md5, sha256, hasher].filter((one): one is Hasher => one !== undefined);
  const chunks: Buffer[] = [];
  let size = 0;
  const accept = (data: Buffer): void => {
    size += data.length;
    if (size > options.maxBytes) throw tooLarge(size, options.maxBytes);
    for (const one of hashers) one.update(data);
    chunks.push(data);
  };
  const decoder = streaming ? createAwsChunkedDecoder(chunkedOptions(options, payload), accept) : undefined;
  await drain(message, options.onBytes, decoder ? (chunk) => decoder.write(chunk) : accept);
  const trailers = decoder?.end();
  if (declared !== undefined && size !== declared) {
    throw new S3Error(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  checkSha256(sha256, payload);
  const md5Hex = md5?.digest().toString('hex');
  if (md5Given !== undefined && md5Given !== md5Hex) throw new S3Error('BadDigest');
  const value = hasher?.digest().toString('base64');
  checkChecksum(expected, value, trailers);
  const checksum =
    algorithm === undefined || value === undefined ? undefined : { algorithm, value, sent: expected !== undefined };
  return { chunks, size, md5: md5Hex, checksum };
}

function announcedLength(request: IncomingRequest, streaming: boolean): number | undefined {
  const decoded = request.headers['x-amz-decoded-content-length'];
  const text = streaming ? decoded : request.headers['content-length'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function chunkedOptions(options: BodyOptions, payload: string): Parameters<typeof createAwsChunkedDecoder>[0] {
  const known = /^STREAMING-(UNSIGNED-PAYLOAD|AWS4-HMAC-SHA256-PAYLOAD)(-TRAILER)?$/.exec(payload);
  if (known === null) throw new S3Error('NotImplemented');
  return {
    signature: known[1] === 'UNSIGNED-PAYLOAD' ? undefined : options.signature,
    trailer: known[2] !== undefined,
    minChunkSize: options.minChunkSize,
  };
}

interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined when the value follows in the trailer. */
  readonly value: string | undefined;
}

/** The single checksum a request may carry, in a header or announced for the trailer. */
function expectedChecksum({ headers, operation }: IncomingRequest): ExpectedChecksum | undefined {
  // Here the header speaks about the object to be, not about this body.
  if (operation === 'CompleteMultipartUpload') return undefined;
  const sent = CHECKSUM_ALGORITHMS.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined);
  const trailer = (headers['x-amz-trailer'] ?? '').trim().toLowerCase();
  const trailing = CHECKSUM_ALGORITHMS.filter((algorithm) => checksumHeader(algorithm) === trailer);
  if (sent.length + trailing.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  if (trailer !== '' && trailing.length === 0) {
    throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
  }
  const algorithm = sent[0] ?? trailing[0];
  const named = headers['x-amz-sdk-checksum-algorithm']?.toUpperCase();
  if (named !== undefined) checkNamedAlgorithm(named, algorithm);
  if (algorithm === undefined) return undefined;
  const value = headers[checksumHeader(algorithm)];
  if (value !== undefined) checkDigestForm(algorithm, value);
  return { algorithm, value };
}

function checkNamedAlgorithm(named: string, algorithm: ChecksumAlgorithm | undefined): void {
  if (!isChecksumAlgorithm(named)) {
    throw new S3Error('InvalidRequest', 'Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  if (algorithm === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (named !== algorithm) {
    throw new S3Error('InvalidRequest', 'Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
}

/** Refuses what cannot be a digest of that algorithm. */
export function checkDigestForm(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === value) return;
  throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

function checkChecksum(
  expected: ExpectedChecksum | undefined,
  computed: string | undefined,
  trailers: ReadonlyMap<string, string> | undefined,
): void {
  if (expected === undefined) return;
  const given = expected.value ?? trailers?.get(checksumHeader(expected.algorithm));
  if (given === undefined) throw new S3Error('MalformedTrailerError');
  if (given !== computed) {
    throw new S3Error('BadDigest', `The ${expected.algorithm} you specified did not match the calculated checksum.`);
  }
}

function checkSha256(hasher: Hasher | undefined, claimed: string): void {
  const computed = hasher?.digest().toString('hex');
  if (computed === undefined || computed === claimed) return;
  throw new S3Error('XAmzContentSHA256Mismatch', undefined, {
    ClientComputedContentSHA256: claimed,
    S3ComputedContentSHA256: computed,
  });
}

function contentMd5({ headers }: IncomingRequest): string | undefined {
  const given = headers['content-md5'];
  if (given === undefined) return undefined;
  const bytes = Buffer.from(given, 'base64');
  if (bytes.length !== 16) throw new S3Error('InvalidDigest');
  return bytes.toString('hex');
}

const tooLarge = (proposed: number, allowed: number): S3Error =>
  new S3Error('EntityTooLarge', undefined, { ProposedSize: proposed, MaxSizeAllowed: allowed });
