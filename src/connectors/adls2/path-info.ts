/** What ADLS tells about a path, read, written or listed, in our own words. */
import { WRITE_ID } from './file-headers.ts';
import type { PathTarget } from './target.ts';

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

/** What became durable. */
export interface AdlsFileResult {
  readonly container: string;
  readonly path: string;
  /** In quotes, as HTTP has it. */
  readonly etag: string;
  readonly bytes: number;
  /** Appends that the file is made of. */
  readonly parts: number;
  readonly durationMs: number;
}

/** Listings leave the quotes out, and so may a caller. */
export function quotedEtag(etag: string): string {
  return etag === '' || etag.endsWith('"') ? etag : `"${etag}"`;
}

/** The fields of a Get Blob or Get Blob Properties answer. */
export interface DescribedPath {
  readonly lastModified?: Date | undefined;
  readonly etag?: string | undefined;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly _response: { readonly headers: { get(name: string): string | undefined } };
}

/** `size` is that of the whole file, which a ranged answer's own length is not. */
export function pathInfo({ container, path }: PathTarget, size: number, answer: DescribedPath): PathInfo {
  const { lastModified, etag = '', contentType, contentEncoding, metadata } = answer;
  return {
    ...{ container, path, isDirectory: isDirectory(answer), size, lastModified, etag: quotedEtag(etag) },
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(metadata === undefined ? {} : { metadata: withoutWriteId(metadata) }),
  };
}

function withoutWriteId(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== WRITE_ID));
}

/** To the blob endpoint a directory is a blob without bytes that says what it is, in one way or the other. */
export function isDirectory({ metadata, _response }: DescribedPath): boolean {
  return metadata?.['hdi_isfolder'] === 'true' || _response.headers.get('x-ms-resource-type') === 'directory';
}
