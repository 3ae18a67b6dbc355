/** Errors of one object among many: said of which. */
import { connectorError } from '../errors.ts';
import type { ConnectorError, ErrorDetails } from '../errors.ts';

/** The error with the URI of its object in the message, once. */
export function aboutUri(error: ConnectorError, uri: string): ConnectorError {
  if (error.message.includes(uri) || error.code === 'PACKAGE_MISSING') return error;
  const details: ErrorDetails = Object.fromEntries(Object.entries(error));
  return connectorError(error.code, `${error.message} (${uri})`, { ...details, cause: error.cause });
}
