/** What an operation gets to work with, and how an operation looks. */
import type { ReceivedBody } from './body.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import { S3Error } from './errors.ts';
import type { S3Limits } from './limits.ts';
import type { Reply } from '../store-server/reply.ts';
import type { IncomingRequest } from './request.ts';
import type { Bucket, Store } from './store.ts';

/** Settings that do not change while the server runs. */
export interface Settings {
  readonly store: Store;
  readonly limits: S3Limits;
  readonly region: string;
  readonly now: () => Date;
  /** Computed for objects whose writer sent no checksum. */
  readonly defaultChecksum: ChecksumAlgorithm | undefined;
  /** Whether the ETag of a put is its MD5. */
  readonly md5Etags: boolean;
}

export interface Context extends Settings {
  readonly request: IncomingRequest;
  readonly body: ReceivedBody;
}

export type Operation = (context: Context) => Reply;

/** The bucket the request names; throws `NoSuchBucket`. */
export function bucketOf({ store, request }: Context): Bucket {
  return store.bucket(request.bucket ?? '');
}

/** The key the request names. */
export function keyOf({ request }: Context): string {
  return request.key ?? '';
}

/** A whole number in a query parameter or header, within bounds; undefined when absent. */
export function wholeNumber(
  text: string | undefined,
  name: string,
  bounds: { readonly least: number; readonly most: number },
): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= bounds.least && value <= bounds.most) return value;
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    ArgumentName: name,
    ArgumentValue: text,
  });
}

/** `2026-01-02T03:04:05.000Z` */
export const isoTime = (time: Date): string => time.toISOString();

export const OWNER = {
  ID: '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a',
  DisplayName: 'sluice',
} as const;
