/** What ADLS tells about a path, read, written or listed, in our own words. */

/** A file or a directory as a reply or a listing describes it. */
export interface PathInfo {
  readonly container: string;
  readonly path: string;
  readonly isDirectory: boolean;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  readonly lastModified: Date | undefined;
  /** In quotes, as HTTP has it. */
  readonly etag: string;
  /** Not in listings, like all that follows. */
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Listings leave the quotes out, and so may a caller. */
export function quotedEtag(etag: string): string {
  return etag === '' || etag.endsWith('"') ? etag : `"${etag}"`;
}
