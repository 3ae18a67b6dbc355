/**
 * ADLS' failures as ours: by status and by the error's code, never by its message. Nothing of the message is repeated:
 * it may hold a signature, or what an identity service was sent. Whether a signal caused it has been decided before
 * anybody asks here.
 */
import { aboutUri } from '../../core/about-object.ts';
import { headerOf, read, textOf, wordOf } from '../../core/foreign.ts';
import { codeOfStatus } from '../../core/http-statuses.ts';
import { networkFailure } from '../../core/network-errors.ts';
import type { NetworkFailure } from '../../core/network-errors.ts';
import { retryAfterMs } from '../../core/retry-after.ts';
import { safeCause } from '../../core/safe-cause.ts';
import type { VendorErrors } from '../../core/vendor-errors.ts';
import { ConnectorError, connectorError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { ADLS_CODES, KNOWN_CALLER } from './error-table.ts';
import { isTokenError, tokenFailure } from './token-errors.ts';
import { untimelySignature } from './untimely.ts';
import type { Untimely } from './untimely.ts';

/** What a failed condition (412) means depends on what was asked; `replace` is a write over one version alone. */
export type AdlsIntent = 'read' | 'write' | 'replace';

/**
 * The error to report for what a request, or a body, threw. Ours comes back as it is; all else is described by status,
 * code, request id, and a cause without its message.
 */
export function classifyAdlsError(error: unknown, intent?: AdlsIntent): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (isTokenError(error)) return tokenFailure(error);
  const facts = factsOf(error);
  const errorCode = codeOf(facts, intent);
  const message = describe(facts, errorCode);
  const { status, requestId, network } = facts;
  return connectorError(errorCode, message, {
    ...{ connector: 'adls2', status, requestId, retryAfterMs: facts.retryAfterMs },
    retryable: status === undefined ? network?.retryable : undefined,
    cause: safeCause(error, { message }) ?? new Error(message),
  });
}

/** The same error, naming the path that the failed request was about. */
export function aboutPath(error: ConnectorError, container: string, path: string): ConnectorError {
  return aboutUri(error, `adls://${container}/${path}`);
}

/** Whether the account refused the request, and knows who asked. */
export function isKnownCaller(error: unknown): boolean {
  return statusOf(error) === 403 && codesOf(error).some((code) => KNOWN_CALLER.has(code));
}

/** Whether the answer was that the container is there, and nothing at this path. */
export function isMissingPath(error: unknown): boolean {
  return statusOf(error) === 404 && codesOf(error).includes('PathNotFound');
}

/** ADLS' errors, for whoever does not know whose an error is. */
export const adlsErrors: VendorErrors = {
  connector: 'adls2',
  recognizes: (error) => textOf(error, 'name') === 'RestError' || isTokenError(error),
  abortsUnasked: true,
  classify: (error) => classifyAdlsError(error),
};

interface Facts {
  readonly name: string;
  /** The service's words for it, or the SDK's. */
  readonly codes: readonly string[];
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly network: NetworkFailure | undefined;
  readonly untimely: Untimely | undefined;
}

function codeOf({ name, codes, status, network, untimely }: Facts, intent: AdlsIntent | undefined): ErrorCode {
  if (untimely !== undefined) return untimely.code;
  for (const code of codes) {
    const known = ADLS_CODES.get(code);
    if (known !== undefined) return known;
  }
  if (status === 412) return intent === 'write' ? 'ALREADY_EXISTS' : 'OBJECT_CHANGED';
  // The status of a success whose body could not be understood says nothing.
  if (status !== undefined && status >= 300) return codeOfStatus(status);
  if (codes.includes('CONNECT_TIMEOUT')) return 'CONNECT_TIMEOUT';
  if (network !== undefined) return network.code;
  // No signal of ours has fired, so this is how the SDK reports a body that was cut, or a socket that closed.
  if (name === 'AbortError' || codes.some((code) => BROKEN.has(code))) return 'CONNECTION_LOST';
  // A success whose document could not be read: cut short, or none of Azure's.
  return status !== undefined || codes.includes('PARSE_ERROR') ? 'SERVER_ERROR' : 'UNKNOWN';
}

/** A body that stops, as Node's streams say it, and the SDK for what has no code. */
const BROKEN: ReadonlySet<string> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'REQUEST_SEND_ERROR']);

function describe({ name, codes, status, network, untimely }: Facts, errorCode: ErrorCode): string {
  const [code = name] = codes;
  if (errorCode === 'SERVER_ERROR' && (status ?? 200) < 300) return 'the answer of ADLS could not be read';
  if (status !== undefined) {
    const remedy = untimely?.remedy ?? REMEDIES[code];
    return `ADLS answered ${status} ${code}${remedy === undefined ? '' : `: ${remedy}`}`;
  }
  if (errorCode === 'CONNECT_TIMEOUT') return 'ADLS did not accept a connection in time';
  if (network !== undefined) return network.message;
  if (errorCode === 'CONNECTION_LOST') return `the connection to ADLS broke (${code})`;
  return `the request to ADLS failed (${code})`;
}

const REMEDIES: Readonly<Record<string, string>> = {
  AuthorizationFailure: "the account's network rules may keep this machine out",
  AuthorizationPermissionMismatch:
    'a role such as Storage Blob Data Contributor, a right in the access control list, or one of the signature is missing',
  DirectoryNotEmpty: '`recursive: true` deletes it with all that is in it',
  HierarchicalNamespaceNotEnabled: 'the account has no hierarchical namespace, which Data Lake Storage Gen2 needs',
};

function factsOf(error: unknown): Facts {
  const response = read(error, 'response');
  const codes = codesOf(error);
  return {
    name: wordOf(error, 'name') ?? 'Error',
    codes,
    untimely: codes.includes('AuthenticationFailed') ? untimelySignature(error) : undefined,
    status: statusOf(error),
    requestId: headerOf(response, 'x-ms-request-id'),
    retryAfterMs: retryAfterMs(headerOf(response, 'retry-after')),
    network: networkFailure(error),
  };
}

/** By whether the answer had a body, and of which endpoint it is, the code is in one of three places. */
function codesOf(error: unknown): string[] {
  const places = [
    wordOf(error, 'code'),
    wordOf(read(error, 'details'), 'errorCode'),
    wordOf({ code: headerOf(read(error, 'response'), 'x-ms-error-code') }, 'code'),
  ];
  const found = places.filter((code) => code !== undefined);
  // The SDK's word for a body that it could not read is no better than the header.
  return [...new Set([...found.filter((code) => code !== 'PARSE_ERROR'), ...found])];
}

function statusOf(error: unknown): number | undefined {
  const status = read(error, 'statusCode');
  return typeof status === 'number' && status > 0 ? status : undefined;
}
