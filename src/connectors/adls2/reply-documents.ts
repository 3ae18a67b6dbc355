/** Documents that answers hold, lists and errors, have a limit: the SDK takes them in whole, however long they are. */
import { Readable } from 'node:stream';
import type { RequestPolicyFactory } from '@azure/storage-file-datalake';
import { read } from '../../core/foreign.ts';

/** A page of 5,000 paths, of 1,024 characters that take three bytes each, with what is said of each of them. */
const LIMIT_BYTES = 20 * 1024 * 1024;
/** Of what a refusal of bytes says, of which nothing is used: its code is in a header. */
const REFUSAL_BYTES = 64 * 1024;

/** For the SDK's pipeline. Bodies that are wanted as streams have limits of their own, and go by. */
export const boundedDocuments: RequestPolicyFactory = {
  create: (next) => ({
    async sendRequest(request) {
      const wanted = request.streamResponseStatusCodes;
      if (wanted === undefined || wanted.size === 0) {
        request.onDownloadProgress ??= refuseTooLong;
        return next.sendRequest(request);
      }
      // What is no success is not taken in as a text either.
      request.streamResponseStatusCodes = new Set([...wanted, Infinity]);
      try {
        return await next.sendRequest(request);
      } catch (error) {
        await leave(read(read(error, 'response'), 'readableStreamBody'));
        throw error;
      }
    },
  }),
};

/** What is thrown here ends the body. */
function refuseTooLong({ loadedBytes }: { readonly loadedBytes: number }): void {
  if (loadedBytes > LIMIT_BYTES) throw new RangeError('the answer is too long');
}

/** Reads a short body to its end, so that its connection can be used again, and cuts a longer one. */
async function leave(body: unknown): Promise<void> {
  if (!(body instanceof Readable)) return;
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > REFUSAL_BYTES) break;
    }
  } catch {
    // The answer has said already what there is to say.
  }
}
