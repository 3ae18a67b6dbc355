/** Continuation tokens: opaque to clients, with characters that need encoding in a query, as the service's have. */
import { AdlsError } from '../errors.ts';

/** Says after which path to go on. */
export function newToken(after: string): string {
  return `VBb+/${Buffer.from(after).toString('base64')}`;
}

/** Throws `InvalidQueryParameterValue`. */
export function readToken(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  const match = /^VBb\+\/([A-Za-z0-9+/]*={0,2})$/.exec(token);
  if (match === null) throw new AdlsError('InvalidQueryParameterValue');
  return Buffer.from(match[1] ?? '', 'base64').toString();
}
