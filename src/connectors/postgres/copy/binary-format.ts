/** What the binary forms of COPY and of values are marked with, for who writes them and who reads them. */

/** What COPY's binary format begins with (manual, "COPY", "Binary Format"). */
export const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

/** Of an array (MAXDIM). */
export const MOST_DIMENSIONS = 6;

/** Flags of a range (rangetypes.h). */
export const RANGE = { empty: 1, lowerIncluded: 2, upperIncluded: 4, lowerInfinite: 8, upperInfinite: 16 } as const;

/** The first moment of 2000 in UTC, from which the server counts, in JavaScript's milliseconds. */
export const EPOCH_MS = 946_684_800_000;
