/** What every S3 server must do that the streams are to be tested with. */
import { conditionChecks } from './conditions.ts';
import { listingChecks } from './listing.ts';
import { objectChecks } from './objects.ts';
import type { S3ServerCheck } from './place.ts';
import { rangeChecks } from './ranges.ts';
import { removingChecks } from './removing.ts';
import { uploadChecks } from './uploads.ts';

export const s3ServerChecks: readonly S3ServerCheck[] = [
  ...objectChecks,
  ...rangeChecks,
  ...conditionChecks,
  ...uploadChecks,
  ...listingChecks,
  ...removingChecks,
];
