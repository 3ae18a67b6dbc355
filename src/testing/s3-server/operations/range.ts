/** Which bytes a read is for: a Range header or a part number. */
import { S3Error } from '../errors.ts';
import type { StoredObject } from '../store.ts';

/** `end` is exclusive. `partial` answers with 206 and Content-Range. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly partial: boolean;
}

/** Throws `InvalidRange`. What is no single byte range is ignored, as RFC 9110 allows and S3 does. */
export function rangeSpan(header: string | undefined, size: number): Span {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return { start: 0, end: size, partial: false };
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (first !== '' && last !== '' && Number(last) < start) return { start: 0, end: size, partial: false };
  if (start >= size) {
    throw new S3Error(
      'InvalidRange',
      undefined,
      { RangeRequested: header ?? '', ActualObjectSize: size },
      { 'content-range': `bytes */${size}` },
    );
  }
  return { start, end, partial: true };
}

/** The bytes of one part; an object put in one request is its own part 1. */
export function partSpan(object: StoredObject, partNumber: number): Span {
  const parts = object.parts ?? [{ partNumber: 1, size: object.size, checksum: undefined }];
  const index = partNumber - 1;
  const part = parts[index];
  if (part === undefined) {
    throw new S3Error('InvalidPartNumber', undefined, {
      PartNumberRequested: partNumber,
      ActualPartCount: parts.length,
    });
  }
  const start = parts.slice(0, index).reduce((sum, { size }) => sum + size, 0);
  return { start, end: start + part.size, partial: object.size > 0 };
}
