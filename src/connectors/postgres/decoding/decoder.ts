/** What makes rows of bytes, whatever chunks they come in. */
import { safeCause } from '../../../core/safe-cause.ts';
import { ConnectorError, connectorError } from '../../../errors.ts';

export interface CopyDecoder {
  /** Takes bytes, after those before were made rows of. They must stay as they are until the next ones come. */
  take(chunk: Buffer): void;
  /**
   * The next row, or undefined where more bytes are needed; for `isLast`, where all of them were good.
   *
   * @throws PermanentError `BAD_ROW` or `END_OF_DATA_MARKER`, with the row's number, and not its data.
   */
  next(isLast: boolean): unknown;
}

/** The same error, with the place of the row: as the server counts them, a header line being the first. */
export function located(error: ConnectorError, row: number, offset: number): ConnectorError {
  const { code, message, column, cause } = error;
  const where = { operation: 'decodeCopy', stage: 'transfer', line: row, column, cause };
  return connectorError(code, `decodeCopy: row ${row}, at byte ${offset} of the input, ${message}`, where);
}

/** What a parser says of a value may quote it. */
export function refused(error: unknown, column: string | undefined): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const message = `has a value that the parser of column ${column ?? ''} refused`;
  return connectorError('BAD_ROW', message, { column, cause: safeCause(error, { message: 'a value was refused' }) });
}
