/** What is S3 about an exchange: signature, body, operation, errors. */
import { CutOffError } from '../store-server/drain.ts';
import type { Call, Service } from '../store-server/exchange.ts';
import type { Reply } from '../store-server/reply.ts';
import { receiveBody } from './body.ts';
import type { ReceivedBody } from './body.ts';
import type { Settings } from './context.ts';
import { S3Error, errorReply, usualMessage } from './errors.ts';
import { OPERATIONS } from './operations/index.ts';
import { algorithmForPart } from './operations/uploads.ts';
import { newReplyIds, stamped } from './reply-ids.ts';
import type { ReplyIds } from './reply-ids.ts';
import { publicPart, readRequest } from './request.ts';
import type { IncomingRequest, S3Request } from './request.ts';
import { verifySignature } from './sigv4.ts';
import type { Signature, Verifier } from './sigv4.ts';
import { withWrongChecksum } from './wrong-checksum.ts';

/** S3 accepts XML bodies of up to a megabyte or so; 10,000 parts with checksums need two. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

export function s3Service(settings: Settings, verifier: Verifier): Service<IncomingRequest, S3Request> {
  return {
    readRequest,
    seen: publicPart,
    wrongChecksum: withWrongChecksum,
    answer(message) {
      const ids = newReplyIds();
      return {
        async act(request, call) {
          const signature = verifySignature(request, verifier);
          const body = await receive(settings, request, signature, call);
          await call.complete();
          return OPERATIONS[request.operation]({ ...settings, request, body });
        },
        refusal: ({ rawPath }, { status, code, message: text = usualMessage(code) }) =>
          errorReply(status, code, text, { Resource: rawPath }, ids),
        replyTo: (error, request) => replyTo(error, request?.rawPath ?? message.url ?? '/', ids),
        stamped: (reply) => stamped(reply, ids, settings.now()),
      };
    },
  };
}

function receive(
  { limits, store, defaultChecksum, md5Etags }: Settings,
  request: IncomingRequest,
  signature: Signature,
  call: Call,
): Promise<ReceivedBody> {
  const { operation, key, uploadId } = request;
  const storesBody = operation === 'PutObject' || operation === 'UploadPart';
  if (key !== undefined && Buffer.byteLength(key) > limits.maxKeyBytes) {
    throw new S3Error('KeyTooLongError', undefined, {
      Size: Buffer.byteLength(key),
      MaxSizeAllowed: limits.maxKeyBytes,
    });
  }
  call.letBodyCome();
  return receiveBody(call.message, request, {
    signature,
    maxBytes: storesBody ? limits.maxPartSize : MAX_DOCUMENT_BYTES,
    minChunkSize: limits.minChunkSize,
    md5: storesBody && md5Etags,
    wanted:
      operation === 'PutObject'
        ? defaultChecksum
        : operation === 'UploadPart'
          ? algorithmForPart(store, uploadId, defaultChecksum)
          : undefined,
    lengthRequired: storesBody,
    onBytes: call.onBytes,
  });
}

function replyTo(error: unknown, resource: string, ids: ReplyIds): Reply {
  if (error instanceof CutOffError) return replyTo(new S3Error('IncompleteBody'), resource, ids);
  if (!(error instanceof S3Error)) {
    const text = error instanceof Error ? error.message : 'unknown failure';
    return errorReply(500, 'InternalError', `${usualMessage('InternalError')} (${text})`, {}, ids);
  }
  const named = 'Key' in error.details || 'BucketName' in error.details;
  const details = named ? error.details : { ...error.details, Resource: resource };
  return errorReply(error.status, error.code, error.message, details, ids, error.headers);
}
