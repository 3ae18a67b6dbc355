/** What finds the records of an input, and the fields of each. */
import { connectorError } from '../../../errors.ts';
import type { ConnectorError } from '../../../errors.ts';
import type { InputWindow } from './input-window.ts';

export interface Records {
  /**
   * Where the fields of the record end, from its start on; each begins a byte behind the one before it. One that is not
   * written as it is has its position complemented (`~`). Of more fields than columns, only the first ones.
   */
  readonly ends: Int32Array;
  /** How many fields the record has. */
  readonly fields: number;
  /** How long the record is, or at least is going to be. */
  readonly length: number;
  /** With what ends it. */
  readonly wholeLength: number;
  /**
   * Looks for the end of the record at the start of the window: false where it has not come yet, or there is none. What
   * was looked at is not looked at again.
   *
   * @throws PermanentError `BAD_ROW`, or `END_OF_DATA_MARKER` for input behind that marker.
   */
  find(window: InputWindow, isLast: boolean): boolean;
}

/** What is wrong with a record, to which the caller adds which one it is. */
export function badRecord(what: string): ConnectorError {
  return connectorError('BAD_ROW', what);
}
