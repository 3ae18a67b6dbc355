/** The headers that every reply of S3 carries. */
import { randomBytes } from 'node:crypto';
import type { Reply } from '../store-server/reply.ts';

/** A request's ids, in the headers and in error documents. */
export interface ReplyIds {
  readonly requestId: string;
  readonly hostId: string;
}

export const newReplyIds = (): ReplyIds => ({
  requestId: randomBytes(8).toString('hex').toUpperCase(),
  hostId: randomBytes(48).toString('base64'),
});

export function stamped(reply: Reply, { requestId, hostId }: ReplyIds, now: Date): Reply {
  const headers = {
    'x-amz-request-id': requestId,
    'x-amz-id-2': hostId,
    date: now.toUTCString(),
    server: 'AmazonS3',
    ...reply.headers,
  };
  return { ...reply, headers };
}
