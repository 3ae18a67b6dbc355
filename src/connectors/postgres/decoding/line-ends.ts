/** The line breaks of COPY input: those of the first line hold for all, and another one is no line break but a mistake. */
import { badRecord } from './records.ts';

export const LF = 0x0a;
export const CR = 0x0d;

export class LineEnds {
  #style: 'LF' | 'CRLF' | 'CR' | undefined;

  /**
   * How long the line break is that `byte`, CR or LF, begins: 0 where only the next byte can tell.
   *
   * @throws PermanentError `BAD_ROW`
   */
  length(byte: number, next: number | undefined, isLast: boolean): number {
    const isReturn = byte === CR;
    if (isReturn && next === undefined && !isLast && this.#style !== 'CR') return 0;
    this.#style ??= isReturn ? (next === LF ? 'CRLF' : 'CR') : 'LF';
    if (this.#style === 'CRLF' && isReturn && next === LF) return 2;
    if (this.#style !== 'CRLF' && isReturn === (this.#style === 'CR')) return 1;
    throw badRecord('has another line break than the lines before it');
  }
}
