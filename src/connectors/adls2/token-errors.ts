/**
 * What `@azure/identity` says when there is no token. Its messages hold the identity service's own words, which may be
 * any: of them the numbers of Microsoft Entra's errors are kept (`AADSTS7000215`), and OAuth's word for them.
 */
import { read, textOf } from '../../core/foreign.ts';
import { networkFailure } from '../../core/network-errors.ts';
import { safeCause } from '../../core/safe-cause.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError, ErrorCode } from '../../errors.ts';

const NAMES =
  /^(?:AuthenticationError|AuthenticationRequiredError|CredentialUnavailableError|AggregateAuthenticationError)$/;

/** A secret, or the token of a federated identity, that is past its time (Microsoft Entra, "AADSTS error codes"). */
const EXPIRED = /^AADSTS(?:7000222|700024)$/;

/** MSAL's words for an answer that did not come, or that it could not read. */
const UNANSWERED = /^(?:network_error|endpoints_resolution_error|no_network_connectivity)$/;

/** OAuth's words for a service that fails (RFC 6749, section 4.1.2.1): older releases of the SDK keep no status. */
const FAILING = /^(?:temporarily_unavailable|server_error)$/;

/** An identity that is being set up ("How to use managed identities on a virtual machine", retry guidance). */
const UNREADY: ReadonlySet<number> = new Set([404, 410]);

const MAX_DEPTH = 4;

/** Whether the error is one of those that `@azure/identity` documents. */
export function isTokenError(error: unknown): boolean {
  return NAMES.test(textOf(error, 'name') ?? '');
}

/** An `AuthError`; of an identity service that failed or was not reached, one that is worth another try. */
export function tokenFailure(error: unknown): ConnectorError {
  const links = linksOf(error);
  const status = firstOf(links, statusOf);
  const word = firstOf(links, oauthWord);
  const entra = firstOf(links, entraCode);
  const isUnreached = links.some(
    (link) => networkFailure(link) !== undefined || UNANSWERED.test(oauthWord(link) ?? ''),
  );
  const code = codeOf(status, word, entra);
  const message = describe(textOf(error, 'name') ?? '', { status, word, entra });
  const isPassing = isUnreached || (status !== undefined && UNREADY.has(status));
  const retryable = code === 'AUTH_FAILED' && isPassing ? true : undefined;
  return connectorError(code, message, { connector: 'adls2', status, retryable, cause: safeCause(error, { message }) });
}

function codeOf(status: number | undefined, word: string | undefined, entra: string | undefined): ErrorCode {
  if (entra !== undefined && EXPIRED.test(entra)) return 'AUTH_EXPIRED';
  if (status === 429) return 'THROTTLED';
  const isFailing = status === undefined ? FAILING.test(word ?? '') : status >= 500;
  return isFailing ? 'SERVER_ERROR' : 'AUTH_FAILED';
}

interface Facts {
  readonly status: number | undefined;
  readonly word: string | undefined;
  readonly entra: string | undefined;
}

function describe(name: string, { status, word, entra }: Facts): string {
  const said = [status, word, entra].filter((part) => part !== undefined).join(' ');
  if (name === 'AggregateAuthenticationError') {
    return `no credential of the default chain gave a token${said === '' ? '' : ` (${said})`}`;
  }
  return said === '' ? 'no identity was available to give a token' : `the identity gave no token: ${said}`;
}

/** The error, what caused it, and those of a group: the chain of credentials has one each. */
function linksOf(error: unknown, depth = 0): unknown[] {
  if (typeof error !== 'object' || error === null || depth === MAX_DEPTH) return [];
  const errors = read(error, 'errors');
  const group: readonly unknown[] = Array.isArray(errors) ? errors.slice(0, 20) : [];
  return [error, ...[read(error, 'cause'), ...group].flatMap((link) => linksOf(link, depth + 1))];
}

function firstOf<T>(links: readonly unknown[], fact: (link: unknown) => T | undefined): T | undefined {
  for (const link of links) {
    const found = fact(link);
    if (found !== undefined) return found;
  }
  return undefined;
}

function statusOf(link: unknown): number | undefined {
  const status = read(link, 'statusCode') ?? read(link, 'status');
  return typeof status === 'number' && status >= 100 ? status : undefined;
}

/** OAuth's `error`, or the word that MSAL puts in its place: lower case, and first in a message. */
function oauthWord(link: unknown): string | undefined {
  const word = textOf(read(link, 'errorResponse'), 'error') ?? textOf(link, 'errorCode') ?? textOf(link, 'message');
  return /^[a-z][a-z_]{2,47}(?=$|:)/.exec(word ?? '')?.[0];
}

function entraCode(link: unknown): string | undefined {
  return /AADSTS\d{4,8}(?!\d)/.exec((textOf(link, 'message') ?? '').slice(0, 16_384))?.[0];
}
