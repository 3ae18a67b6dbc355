/**
 * S3's failures as ours: by status and by the error's name or code, never by its message, which every gateway words
 * differently. Whether a signal caused it has been decided before anybody asks here.
 */
import { aboutUri } from '../../core/about-object.ts';
import { read, textOf, wordOf } from '../../core/foreign.ts';
import { codeOfStatus } from '../../core/http-statuses.ts';
import { retryAfterMs } from '../../core/retry-after.ts';
import { networkFailure } from '../../core/network-errors.ts';
import type { NetworkFailure } from '../../core/network-errors.ts';
import { safeCause } from '../../core/safe-cause.ts';
import type { VendorErrors } from '../../core/vendor-errors.ts';
import { ConnectorError, connectorError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { S3_CODES } from './error-table.ts';

/** What a failed condition (412) means depends on what was asked: that there be none to write, or a version to read or replace. */
export type S3Intent = 'read' | 'write' | 'replace';

/**
 * The error to report for what a request, or a body, threw. Ours comes back as it is; all else is described by status,
 * request id, tries, and a cause without credentials. Without an intent, S3's own word for the failed condition decides.
 */
export function classifyS3Error(error: unknown, intent?: S3Intent): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const facts = factsOf(error);
  const errorCode = codeOf(facts, intent);
  const { name, status, requestId, attempts, retryAfterMs } = facts;
  const retryable = facts.clockCorrected ? true : status === undefined ? facts.network?.retryable : undefined;
  return connectorError(errorCode, describe(facts, errorCode), {
    ...{ connector: 's3', status, requestId, attempts, retryAfterMs, retryable },
    cause: safeCause(error) ?? new Error(name),
  });
}

/** S3's errors, for whoever does not know whose an error is. */
export const s3Errors: VendorErrors = {
  connector: 's3',
  // The SDK marks what it throws; its credential providers throw before it does.
  recognizes: (error) =>
    typeof read(error, '$metadata') === 'object' ||
    textOf(error, '$fault') !== undefined ||
    /^(?:Credentials|Token)ProviderError$/.test(textOf(error, 'name') ?? ''),
  classify: (error) => classifyS3Error(error),
};

/** The same error, saying which object it is about. */
export function aboutObject(error: ConnectorError, bucket: string, key: string): ConnectorError {
  return aboutUri(error, `s3://${bucket}/${key}`);
}

interface Facts {
  readonly name: string;
  readonly code: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly attempts: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly clockCorrected: boolean;
  /** Where S3 says that the bucket is. */
  readonly region: string | undefined;
  /** One of the SDK's own timers ran out; it names the system's errors alike, and those have a call that failed. */
  readonly timer: boolean;
  /** The SDK's words for its connection timer, whose error is otherwise that of a request that was sent. */
  readonly unconnected: boolean;
  /** Its words, and the only sign, for a body that a client's own validation refused. */
  readonly damaged: boolean;
  /** The condition that failed, as S3 names its header. */
  readonly condition: string | undefined;
  readonly network: NetworkFailure | undefined;
}

function codeOf(facts: Facts, intent: S3Intent | undefined): ErrorCode {
  const { name, code, status, timer, unconnected, damaged, network } = facts;
  const known = S3_CODES.get(name) ?? S3_CODES.get(code);
  if (known !== undefined) return known;
  if (status === 412 || name === 'PreconditionFailed') return ofCondition(facts, intent);
  if (name.includes('Thrott')) return 'THROTTLED';
  // The status of a success whose body could not be understood says nothing.
  if (status !== undefined && status >= 300) return codeOfStatus(status);
  if (timer) return unconnected ? 'CONNECT_TIMEOUT' : 'RESPONSE_TIMEOUT';
  if (network !== undefined) return network.code;
  // A body that stops: the SDK's streams and Node's say it so.
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') return 'CONNECTION_LOST';
  // No signal of ours has fired, so this is how the SDK reports a socket that closed.
  if (name === 'AbortError') return 'CONNECTION_LOST';
  if (damaged) return 'CHECKSUM_MISMATCH';
  // A success whose document could not be read: cut short, or none of S3's.
  return status === undefined ? 'UNKNOWN' : 'SERVER_ERROR';
}

function ofCondition({ condition }: Facts, intent: S3Intent | undefined): ErrorCode {
  const asked = intent ?? (condition === 'If-None-Match' ? 'write' : 'read');
  return asked === 'write' ? 'ALREADY_EXISTS' : 'OBJECT_CHANGED';
}

function describe({ name, status, code, region, network }: Facts, errorCode: ErrorCode): string {
  if (status !== undefined) return `S3 answered ${status} ${name}${remedyOf(status, name, region)}`;
  if (errorCode === 'CHECKSUM_MISMATCH') return 'the body does not match the checksum that S3 sent with it';
  if (errorCode === 'CONNECT_TIMEOUT') return 'S3 did not accept a connection in time';
  if (errorCode === 'RESPONSE_TIMEOUT') return 'S3 did not answer in the time that the client allows';
  if (network !== undefined) return network.message;
  if (errorCode === 'CONNECTION_LOST') return `the connection to S3 broke (${code === '' ? name : code})`;
  return `the request to S3 failed (${name})`;
}

/** A bucket that is elsewhere is the one failure of which S3 says how to mend it. */
function remedyOf(status: number, name: string, region: string | undefined): string {
  const elsewhere = /^(?:AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/.test(name);
  if (region !== undefined && (elsewhere || isRedirect(status))) {
    return `: the bucket is in the region ${region}, so set \`region\` to it`;
  }
  return isRedirect(status) ? ': the bucket is served elsewhere, so set its `region` or `endpointUrl`' : '';
}

const isRedirect = (status: number): boolean => status < 400 && codeOfStatus(status) === 'CONFIG_INVALID';

function factsOf(error: unknown): Facts {
  const metadata = read(error, '$metadata');
  const headers = read(read(error, '$response'), 'headers');
  const message = textOf(error, 'message') ?? '';
  const status = read(metadata, 'httpStatusCode');
  const attempts = read(metadata, 'attempts');
  const code = wordOf(error, 'code') ?? wordOf(error, 'Code') ?? '';
  return {
    name: wordOf(error, 'name') ?? 'Error',
    code,
    status: typeof status === 'number' ? status : undefined,
    requestId: wordOf(metadata, 'requestId'),
    attempts: typeof attempts === 'number' ? attempts : undefined,
    retryAfterMs: retryAfterMs(read(headers, 'retry-after')),
    clockCorrected: read(metadata, 'clockSkewCorrected') === true,
    region: regionIn(read(headers, 'x-amz-bucket-region')) ?? regionIn(read(error, 'Region')),
    timer:
      textOf(error, 'name') === 'TimeoutError' && /^(?:ETIMEDOUT)?$/.test(code) && read(error, 'syscall') === undefined,
    unconnected: message.includes('did not establish a connection'),
    damaged: message.startsWith('Checksum mismatch: expected'),
    condition: wordOf(error, 'Condition'),
    network: networkFailure(error),
  };
}

/** Such as `eu-west-1`; what a hostile endpoint says goes no further. */
const regionIn = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[a-z]{2}[a-z0-9-]{2,30}$/.test(value) ? value : undefined;
