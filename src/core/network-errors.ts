/** What Node, and undici below `fetch`, say of a network that failed, as codes of ours. Knows no vendor. */
import type { ErrorCode } from '../errors.ts';
import { read, textOf } from './foreign.ts';
import { isDamagedTls } from './tls-failure.ts';

export interface NetworkFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Where it differs from what the table of codes says. */
  readonly retryable?: boolean;
}

/** By `code` (errno(3), getaddrinfo(3), undici's documented errors). */
export const NETWORK_CODES: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['ECONNREFUSED', 'CONNECTION_FAILED'],
  ['ENOTFOUND', 'CONNECTION_FAILED'],
  ['EAI_AGAIN', 'CONNECTION_FAILED'],
  ['EAI_FAIL', 'CONNECTION_FAILED'],
  ['EHOSTDOWN', 'CONNECTION_FAILED'],
  ['EHOSTUNREACH', 'CONNECTION_FAILED'],
  ['ENETUNREACH', 'CONNECTION_FAILED'],
  ['EADDRNOTAVAIL', 'CONNECTION_FAILED'],
  ['ECONNRESET', 'CONNECTION_LOST'],
  ['ECONNABORTED', 'CONNECTION_LOST'],
  ['EPIPE', 'CONNECTION_LOST'],
  ['ETIMEDOUT', 'CONNECTION_LOST'],
  ['ENETDOWN', 'CONNECTION_LOST'],
  ['ENETRESET', 'CONNECTION_LOST'],
  ['ENOTCONN', 'CONNECTION_LOST'],
  ['UND_ERR_SOCKET', 'CONNECTION_LOST'],
  ['UND_ERR_CONNECT_TIMEOUT', 'CONNECT_TIMEOUT'],
  ['UND_ERR_HEADERS_TIMEOUT', 'RESPONSE_TIMEOUT'],
  ['UND_ERR_BODY_TIMEOUT', 'IDLE_TIMEOUT'],
]);

/** OpenSSL's verification errors (x509_vfy.h) and alerts about certificates, and Node's own check of the name. */
const CERTIFICATE =
  /CERT|CRL_|ALTNAME|UNABLE_TO_(?:GET|VERIFY|DECODE)|UNKNOWN_CA|^(?:INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** Two ends that have no TLS in common; a record that was damaged on its way is told apart before. */
const DISAGREED = /^(?:EPROTO$|ERR_SSL_|ERR_TLS_)/;

/** What the error says of the network, or undefined where it says nothing of one. */
export function networkFailure(error: unknown): NetworkFailure | undefined {
  const word = /^[\w/]{1,64}$/.exec(textOf(error, 'code') ?? '')?.[0] ?? '';
  const code = codeOf(error, word);
  if (code === undefined) return undefined;
  const message = `${WORDS[code] ?? 'no connection could be made'} (${word})`;
  return { code, message, ...(DISAGREED.test(word) && code === 'CONNECTION_FAILED' ? { retryable: false } : {}) };
}

const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  CONNECTION_LOST: 'the connection broke',
  CONNECT_TIMEOUT: 'the server did not accept a connection in time',
  RESPONSE_TIMEOUT: 'the server did not begin its answer in time',
  IDLE_TIMEOUT: 'no bytes came for too long',
  AUTH_FAILED: 'a certificate was refused',
};

function codeOf(error: unknown, word: string): ErrorCode | undefined {
  if (isDamagedTls(word, textOf(error, 'message') ?? '')) return 'CONNECTION_LOST';
  if (whileConnecting(error)) {
    if (word === 'ETIMEDOUT') return 'CONNECT_TIMEOUT';
    // A UNIX socket that is not there.
    if (word === 'ENOENT') return 'CONNECTION_FAILED';
  }
  // HTTP that the parser of Node cannot read was cut or garbled.
  if (word.startsWith('HPE_')) return 'CONNECTION_LOST';
  if (CERTIFICATE.test(word)) return 'AUTH_FAILED';
  return NETWORK_CODES.get(word) ?? (DISAGREED.test(word) ? 'CONNECTION_FAILED' : undefined);
}

/** Of several addresses that were tried, Node's error holds one each. */
function whileConnecting(error: unknown): boolean {
  const errors = read(error, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : error;
  return textOf(first, 'syscall') === 'connect';
}
