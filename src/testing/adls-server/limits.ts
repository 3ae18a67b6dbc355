/** What the service refuses, as numbers that a test can shrink. */

const MIB = 1024 * 1024;
const TIB = MIB * MIB;

/** Every limit, with the service's own value as the default ("Scalability and performance targets for Blob storage"). */
export interface AdlsLimits {
  /** Most bytes of one append. Default 4,000 MiB. */
  readonly maxAppendSize: number;
  /** Most appends that a file may be made of. Default 50,000. */
  readonly maxAppends: number;
  /** Most bytes of a file. Default 190 TiB. */
  readonly maxFileSize: number;
  /** Most paths, or containers, on a page of a listing. Default 5,000. */
  readonly maxResults: number;
  /** Most paths that one request of a recursive deletion removes. Default 5,000. */
  readonly maxDeletions: number;
  /** Most characters of a path. Default 1,024. */
  readonly maxPathLength: number;
  /** Most bytes of metadata, names and values. Default 8 KiB. */
  readonly maxMetadataBytes: number;
}

const DEFAULT_LIMITS: AdlsLimits = {
  maxAppendSize: 4000 * MIB,
  maxAppends: 50_000,
  maxFileSize: 190 * TIB,
  maxResults: 5000,
  maxDeletions: 5000,
  maxPathLength: 1024,
  maxMetadataBytes: 8 * 1024,
};

/** Fills in the defaults and refuses what is no count of bytes or entries. */
export function resolveLimits(given: Partial<AdlsLimits> = {}): AdlsLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new TypeError(`unknown limit ${name}`);
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`limit ${name} must be a whole number >= 1`);
  }
  return limits;
}
