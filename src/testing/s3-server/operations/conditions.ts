/** Conditional requests: RFC 9110 section 13 for reads, S3's subset for writes and copies. */
import { S3Error } from '../errors.ts';
import type { StoredObject } from '../store.ts';

type Headers = Readonly<Record<string, string>>;

/** Whether a read may go on, or is answered with 304. Throws `PreconditionFailed`. */
export function readCondition(headers: Headers, object: StoredObject): 'proceed' | 'not-modified' {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined && !matches(ifMatch, object.etag)) throw failed('If-Match');
  if (ifMatch === undefined && isAfter(object, headers['if-unmodified-since'])) throw failed('If-Unmodified-Since');
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag) ? 'not-modified' : 'proceed';
  const since = timeOf(headers['if-modified-since']);
  return since !== undefined && object.lastModified.getTime() <= since ? 'not-modified' : 'proceed';
}

/** The conditions on the source of a copy; all fail alike. */
export function copySourceCondition(headers: Headers, source: StoredObject): void {
  const prefix = 'x-amz-copy-source-';
  const ifMatch = headers[`${prefix}if-match`];
  const ifNoneMatch = headers[`${prefix}if-none-match`];
  if (ifMatch !== undefined && !matches(ifMatch, source.etag)) throw failed('x-amz-copy-source-If-Match');
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, source.etag)) throw failed('x-amz-copy-source-If-None-Match');
  if (ifMatch === undefined && isAfter(source, headers[`${prefix}if-unmodified-since`])) {
    throw failed('x-amz-copy-source-If-Unmodified-Since');
  }
  const since = timeOf(headers[`${prefix}if-modified-since`]);
  if (ifNoneMatch === undefined && since !== undefined && source.lastModified.getTime() <= since) {
    throw failed('x-amz-copy-source-If-Modified-Since');
  }
}

/** `If-None-Match: *` and `If-Match` on a write: nothing else is implemented, by S3 neither. */
export function writeCondition(headers: Headers, key: string, existing: StoredObject | undefined): void {
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw new S3Error('NotImplemented', undefined, { Header: 'If-None-Match' });
    if (existing !== undefined) throw failed('If-None-Match');
  }
  if (ifMatch !== undefined) {
    if (existing === undefined) throw new S3Error('NoSuchKey', undefined, { Key: key });
    if (!matches(ifMatch, existing.etag)) throw failed('If-Match');
  }
}

const failed = (condition: string): S3Error => new S3Error('PreconditionFailed', undefined, { Condition: condition });

function matches(header: string, etag: string): boolean {
  return header.split(',').some((item) => {
    const wanted = item.trim().replace(/^W\//, '');
    return wanted === '*' || wanted === etag || wanted === `"${etag}"`;
  });
}

function isAfter(object: StoredObject, header: string | undefined): boolean {
  const time = timeOf(header);
  return time !== undefined && object.lastModified.getTime() > time;
}

/** An unreadable date is ignored. */
function timeOf(header: string | undefined): number | undefined {
  const time = header === undefined ? NaN : Date.parse(header);
  return Number.isNaN(time) ? undefined : time;
}
