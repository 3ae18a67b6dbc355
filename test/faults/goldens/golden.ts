/** Input of COPY with the one outcome that the manual and the server give it ("COPY", File Formats). */
import type { PgCopyFromOptions } from '../../../src/connectors/postgres/index.ts';

type Format = Pick<PgCopyFromOptions, 'format' | 'header' | 'delimiter' | 'quote' | 'escape' | 'null'>;
type Load = Pick<
  PgCopyFromOptions,
  'encoding' | 'forceNull' | 'forceNotNull' | 'default' | 'onError' | 'rejectLimit' | 'where'
>;

export interface Golden {
  readonly title: string;
  readonly input: string | Buffer;
  /** How the bytes are read. */
  readonly options?: Format;
  /** What a server alone can do with them; then there is nothing to decode here. */
  readonly load?: Load;
  /** Of the table `g`, which are loaded, in order. Default: `a` and `b`, which are texts. */
  readonly columns?: readonly Column[];
  /** The oldest server that has what is asked for; an older one refuses it. Default: all. */
  readonly since?: 16 | 17 | 18;
  readonly outcome: Loaded | Refused;
}

/** `n` is a number, `f` a text that is never NULL, `d` a text whose default is `by itself`; the others are texts. */
export type Column = 'a' | 'b' | 'c' | 'd' | 'f' | 'n';

export interface Loaded {
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Default 0. */
  readonly skipped?: number;
}

export interface Refused {
  /** Default `BAD_ROW`. */
  readonly code?: string;
  /** The server's, in the words of the manual ("PostgreSQL Error Codes"); undefined where it is not asked. */
  readonly sqlState: string | undefined;
  /** Undefined where the server names none. */
  readonly line: number | undefined;
}

/** What the server says of a file that does not have the form of its format. */
export const BAD_COPY_FILE_FORMAT = '22P04';
export const CHARACTER_NOT_IN_REPERTOIRE = '22021';

export const rows = (...given: Loaded['rows'][number][]): Loaded => ({ rows: given });
export const refused = (sqlState: string | undefined, line: number | undefined, code = 'BAD_ROW'): Refused => ({
  ...{ sqlState, line, code },
});
