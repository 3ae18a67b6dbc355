/** What every ADLS server must do that the streams are to be tested with. */
import { blobChecks } from './blob.ts';
import { conditionChecks } from './conditions.ts';
import { namingChecks } from './naming.ts';
import type { AdlsServerCheck } from './place.ts';
import { readingChecks } from './reading.ts';
import { writingChecks } from './writing.ts';

export const adlsServerChecks: readonly AdlsServerCheck[] = [
  ...writingChecks,
  ...blobChecks,
  ...readingChecks,
  ...conditionChecks,
  ...namingChecks,
];
