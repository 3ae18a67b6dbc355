/** Documents that answers hold, lists and errors, have a limit: the SDK takes them in whole, however long they are. */
import type { RequestPolicyFactory } from '@azure/storage-file-datalake';

/** A page of 5,000 paths, of 1,024 characters that take three bytes each, with what is said of each of them. */
const LIMIT_BYTES = 20 * 1024 * 1024;

/** For the SDK's pipeline. Bodies that are streams have limits of their own, and go by. */
export const boundedDocuments: RequestPolicyFactory = {
  create: (next) => ({
    sendRequest: (request) => {
      if ((request.streamResponseStatusCodes?.size ?? 0) === 0) request.onDownloadProgress ??= refuseTooLong;
      return next.sendRequest(request);
    },
  }),
};

/** What is thrown here ends the body. */
function refuseTooLong({ loadedBytes }: { readonly loadedBytes: number }): void {
  if (loadedBytes > LIMIT_BYTES) throw new RangeError('the answer is too long');
}
