/** A query of rows, whichever way they are read. */
import type { ParserOf } from './row-decoder.ts';
import type { QueueLimits } from './row-queue.ts';
import type { RowMode } from './row-shape.ts';

export interface RowsSpec extends QueueLimits {
  readonly sql: string;
  readonly params: readonly unknown[];
  readonly rowMode: RowMode;
  readonly parserOf: ParserOf;
  /** Whether dates may come in binary format: their texts are of the usual form. */
  readonly binaryDates: boolean;
}
