/** What a connector knows of its vendor's errors, for whoever caught one and does not know whose it is. */
import type { ConnectorError } from '../errors.ts';

export interface VendorErrors {
  /** The connector's name in the registry. */
  readonly connector: string;
  /** Whether the error is this vendor's, by its shape alone: no SDK is asked. */
  recognizes(error: unknown): boolean;
  /** Whether its SDK says `AbortError` of connections that broke, so that a signal has to be asked who aborted. */
  readonly abortsUnasked?: boolean;
  classify(error: unknown): ConnectorError;
}
