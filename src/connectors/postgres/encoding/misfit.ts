/** A value that cannot be written, in words that do not hold it; the encoder of rows adds the row and the column. */
import { connectorError } from '../../../errors.ts';
import type { ConnectorError } from '../../../errors.ts';

export function misfit(why: string): ConnectorError {
  return connectorError('BAD_ROW', why);
}

/** A text as PostgreSQL can store it: without NUL, and with every surrogate in its pair. */
export function assertStorable(text: string): void {
  if (text.includes('\0')) throw misfit('holds a NUL character, which no text of PostgreSQL can');
  if (!text.isWellFormed()) throw misfit('is not well-formed Unicode: it holds half of a surrogate pair');
}
