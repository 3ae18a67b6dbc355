/**
 * One of our errors for whatever was caught. An abort is told first: vendors dress it up as a connection that broke.
 * A further vendor is one more entry in `VENDORS`.
 */
import { adlsErrors } from '../connectors/adls2/errors.ts';
import { postgresErrors } from '../connectors/postgres/errors.ts';
import { s3Errors } from '../connectors/s3/errors.ts';
import { classifyFileError, fileFailure } from '../core/file-errors.ts';
import { read, textOf } from '../core/foreign.ts';
import { networkFailure } from '../core/network-errors.ts';
import { safeCause } from '../core/safe-cause.ts';
import type { VendorErrors } from '../core/vendor-errors.ts';
import { ConnectorError, connectorError, withDetails } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

export interface ClassifyOptions {
  /** Whose error it is, where that is known: `postgres`, `s3`, `adls2`. Default: told by the error's shape. */
  readonly connector?: string | undefined;
  /** The signal of what failed: once it has fired, that is why, whatever the error says. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A `ConnectorError` for whatever was caught, of whatever origin; never throws. In this order:
 *
 * - one of ours comes back as it is;
 * - an abort is an `AbortedError` whose `cause` is the signal's reason: `signal` has fired, or the error, or a cause of it,
 *   is an `AbortError` or the `TimeoutError` of `AbortSignal.timeout`; but with the `connector` `adls2` and a `signal` that
 *   has not fired, it is a connection that broke, as Azure's SDK says it;
 * - ours, Postgres' (by SQLSTATE), S3's and ADLS' (by code and status), the network's and those of local files, also as the cause of another error, or
 *   in a group of them, up to four levels deep;
 * - `UNKNOWN` for all else.
 *
 * Nothing of the error is passed on but codes, the place of a bad row, and redacted messages; of Postgres' not even these.
 * `outcome` is `unknown` where the error alone cannot say that nothing was done: a connection that broke, an abort.
 */
export function classifyError(error: unknown, { connector, signal }: ClassifyOptions = {}): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const links = linksOf(error);
  const named = VENDORS.find((vendor) => vendor.connector === connector);
  const isUnasked = signal !== undefined && named?.abortsUnasked === true;
  const abort =
    signal?.aborted === true ? { reason: signal.reason as unknown } : isUnasked ? undefined : abortIn(links);
  if (abort !== undefined) {
    const details = { connector, outcome: 'unknown', cause: abort.reason } as const;
    return connectorError('ABORTED', 'the operation was aborted', details);
  }
  const ours = links.find((link) => link instanceof ConnectorError);
  if (ours !== undefined) return ours;
  const classified = ofVendor(links, named) ?? ofNetwork(links) ?? ofFile(links) ?? unrecognized(error);
  return withDetails(classified, { connector, outcome: isUnsaid(classified) ? 'unknown' : undefined });
}

const VENDORS: readonly VendorErrors[] = [postgresErrors, s3Errors, adlsErrors];

const MAX_DEPTH = 4;
const MAX_ERRORS = 10;

/** After these, what was asked for may have been done all the same. */
const UNSAID: ReadonlySet<ErrorCode> = new Set([
  'CONNECTION_LOST',
  'RESPONSE_TIMEOUT',
  'IDLE_TIMEOUT',
  'FILE_FAILED',
  'UNKNOWN',
]);

/** A failure within Postgres is rolled back; a store that failed may have kept the object. */
const isUnsaid = ({ code, sqlState }: ConnectorError): boolean =>
  UNSAID.has(code) || (code === 'SERVER_ERROR' && sqlState === undefined);

/**
 * The error, its causes, and those of a group, as deep as {@link safeCause} repeats them. Behind one of ours there is
 * nothing more to tell: it has told it already.
 */
function linksOf(error: unknown, depth = 0): unknown[] {
  if (typeof error !== 'object' || error === null || depth === MAX_DEPTH) return [];
  if (error instanceof ConnectorError) return [error];
  const errors = read(error, 'errors');
  const group: readonly unknown[] = Array.isArray(errors) ? errors.slice(0, MAX_ERRORS) : [];
  const below = [read(error, 'cause'), ...group];
  return [error, ...below.flatMap((link) => linksOf(link, depth + 1))];
}

/** The reason of the signal behind an abort; Node's and the vendors' AbortErrors have it as their cause. */
function abortIn(links: readonly unknown[]): { readonly reason: unknown } | undefined {
  for (const link of links) {
    if (link instanceof ConnectorError) continue;
    // What a signal is given by the platform, and fetch throws as it is. Timers of vendors are no DOMException.
    if (link instanceof DOMException && /^(?:Abort|Timeout)Error$/.test(link.name)) return { reason: link };
    if (textOf(link, 'name') === 'AbortError') return { reason: read(link, 'cause') ?? safeCause(link) };
  }
  return undefined;
}

/** By the first vendor that knows one of the errors, the named one before all; what none knows is the named one's. */
function ofVendor(links: readonly unknown[], named: VendorErrors | undefined): ConnectorError | undefined {
  for (const vendor of named === undefined ? VENDORS : [named, ...VENDORS]) {
    const link = links.find((candidate) => vendor.recognizes(candidate));
    if (link !== undefined) return withDetails(vendor.classify(link), { connector: vendor.connector });
  }
  return named?.classify(brokenLink(links) ?? links[0]);
}

function ofNetwork(links: readonly unknown[]): ConnectorError | undefined {
  const link = brokenLink(links);
  const failure = networkFailure(link);
  if (failure === undefined) return undefined;
  return connectorError(failure.code, failure.message, { retryable: failure.retryable, cause: safeCause(link) });
}

function ofFile(links: readonly unknown[]): ConnectorError | undefined {
  return classifyFileError(links.find((candidate) => fileFailure(candidate) !== undefined));
}

/** The first that tells of the network. */
const brokenLink = (links: readonly unknown[]): unknown => links.find((link) => networkFailure(link) !== undefined);

function unrecognized(error: unknown): ConnectorError {
  return connectorError('UNKNOWN', 'a failure that is not known here', { cause: safeCause(error) });
}
