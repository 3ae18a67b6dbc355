/** What the service refuses, as numbers that a test can shrink. */

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Every limit, with S3's own value as the default (Amazon S3 User Guide, "Amazon S3 multipart upload limits"). */
export interface S3Limits {
  /** Least bytes of every part but the last. Default 5 MiB. */
  readonly minPartSize: number;
  /** Most bytes of a part, and of an object put in one request. Default 5 GiB. */
  readonly maxPartSize: number;
  /** Most parts of an upload, and the highest part number. Default 10,000. */
  readonly maxParts: number;
  /** Most bytes of an object. Default 5 TiB. */
  readonly maxObjectSize: number;
  /** Most bytes of a key in UTF-8. Default 1,024. */
  readonly maxKeyBytes: number;
  /** Most entries on a page of a listing, and most keys of one DeleteObjects. Default 1,000. */
  readonly maxKeys: number;
  /** Least bytes of every aws-chunked chunk but the last. Default 8 KiB. */
  readonly minChunkSize: number;
  /** Most bytes of user metadata, names and values. Default 2 KiB. */
  readonly maxMetadataBytes: number;
}

const DEFAULT_LIMITS: S3Limits = {
  minPartSize: 5 * MIB,
  maxPartSize: 5 * GIB,
  maxParts: 10_000,
  maxObjectSize: 5 * 1024 * GIB,
  maxKeyBytes: 1024,
  maxKeys: 1000,
  minChunkSize: 8 * 1024,
  maxMetadataBytes: 2 * 1024,
};

/** Fills in the defaults and refuses what is no count of bytes or entries. */
export function resolveLimits(given: Partial<S3Limits> = {}): S3Limits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new TypeError(`unknown limit ${name}`);
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`limit ${name} must be a whole number >= 0`);
  }
  return limits;
}
