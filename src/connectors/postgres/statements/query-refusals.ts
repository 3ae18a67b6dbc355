/** What a query of rows refuses, whichever way its rows are read. */
import { safeCause } from '../../../core/safe-cause.ts';
import { connectorError } from '../../../errors.ts';
import type { ConnectorError } from '../../../errors.ts';

/** A parameter that node-postgres cannot send. */
export function parameterRefused(error: unknown): ConnectorError {
  const cause = safeCause(error, { message: 'a parameter was refused' });
  return connectorError('CONFIG_INVALID', 'a parameter cannot be made a text', { cause });
}

export function copyRefused(): ConnectorError {
  return connectorError('CONFIG_INVALID', 'COPY is no query of rows: use pgCopyTo or pgCopyFrom');
}

/** A value that its parser refuses, which may quote it. */
export function valueRefused(error: unknown, column: string | undefined): ConnectorError {
  const message = `the parser of ${column === undefined ? 'a column' : `column ${column}`} refused a value`;
  return connectorError('BAD_ROW', message, { column, cause: safeCause(error, { message: 'a value was refused' }) });
}
