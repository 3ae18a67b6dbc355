/** Credentials that somebody is asked for, on a clock of our own: the SDK's providers may wait for ever. */
import { bounded } from '../../core/deadline.ts';
import { wordOf } from '../../core/foreign.ts';
import { connectorError } from '../../errors.ts';
import type { Identity } from './credentials.ts';
import { classifyS3Error } from './errors.ts';

/** What the SDK asks for credentials; with `forceRefresh`, none that it has kept will do. */
export type CredentialProvider = (options?: { readonly forceRefresh?: boolean }) => Promise<Identity>;

/**
 * `prepare` makes what is asked: anew after every failure, since the SDK's search waits for the answer that it waits for
 * already, and anew where none that is kept will do.
 *
 * @throws TimeoutError `CONNECT_TIMEOUT` after `ms`: nothing was sent to S3. AuthError `AUTH_FAILED` for an answer that
 * holds no credentials.
 */
export function askedWithin(ms: number, prepare: () => () => Promise<Identity>): CredentialProvider {
  const timeout = { ms, code: 'CONNECT_TIMEOUT', message: `no credentials came in ${ms} ms` } as const;
  let ask: (() => Promise<Identity>) | undefined;
  return async ({ forceRefresh = false } = {}) => {
    if (forceRefresh) ask = undefined;
    ask ??= prepare();
    try {
      return await bounded(ask(), { timeout });
    } catch (error) {
      ask = undefined;
      if (classifyS3Error(error).code !== 'UNKNOWN') throw error;
      // A parser's own words quote what it read.
      const kind = wordOf(error, 'name') ?? 'Error';
      throw connectorError('AUTH_FAILED', `whoever was asked for credentials sent none (${kind})`, { connector: 's3' });
    }
  };
}
