/** One request and its answer: log, faults, signature, body, operation, reply. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { drain, receiveBody } from './body.ts';
import type { ReceivedBody } from './body.ts';
import type { Settings } from './context.ts';
import { S3Error, errorReply, usualMessage } from './errors.ts';
import type { Fault, FaultMoment, Faults } from './faults.ts';
import { OPERATIONS } from './operations/index.ts';
import { algorithmForPart } from './operations/uploads.ts';
import { publicPart } from './operation-log.ts';
import type { OpenEntry, OperationLog } from './operation-log.ts';
import { distort } from './reply-faults.ts';
import { newReplyIds, stamped } from './reply-ids.ts';
import type { ReplyIds } from './reply-ids.ts';
import type { Reply } from './reply.ts';
import { readRequest } from './request.ts';
import type { IncomingRequest } from './request.ts';
import { send } from './send.ts';
import { verifySignature } from './sigv4.ts';
import type { Signature, Verifier } from './sigv4.ts';

export interface Exchanges {
  readonly settings: Settings;
  readonly verifier: Verifier;
  readonly faults: Faults;
  readonly log: OperationLog;
}

/** What belongs to one request. */
interface Exchange extends Exchanges {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly request: IncomingRequest;
  readonly entry: OpenEntry;
  readonly matched: readonly Fault[];
  readonly expectsContinue: boolean;
  readonly ids: ReplyIds;
  /** Resolves when the answer is complete or the connection gone. */
  readonly gone: Promise<void>;
}

/** S3 accepts XML bodies of up to a megabyte or so; 10,000 parts with checksums need two. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** Never rejects. */
export async function exchange(
  exchanges: Exchanges,
  message: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  // A client that leaves shows in `gone`; without listeners it would end the process.
  response.on('error', () => undefined);
  message.on('error', () => undefined);
  const ids = newReplyIds();
  try {
    const request = readRequest(message);
    const entry = exchanges.log.begin(request);
    response.once('close', () => exchanges.log.end(entry, !response.writableFinished));
    const matched = exchanges.faults.match(publicPart(request, entry.nth), exchanges.log.entries.length);
    await converse({ ...exchanges, message, response, request, entry, matched, expectsContinue, ids, gone });
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      message.socket.destroy();
      return;
    }
    const reply = replyTo(error, message.url ?? '/', ids);
    await send(message, response, stamped(reply, ids, exchanges.settings.now()), {
      faults: [],
      onBytes: () => undefined,
      gone,
    });
  }
}

async function converse(x: Exchange): Promise<void> {
  for (const fault of x.matched) {
    if (!('call' in fault.action)) continue;
    fault.fire();
    await fault.action.call(publicPart(x.request, x.entry.nth));
  }
  if (await interrupted(x, 'before')) return;
  const reply = await answer(x);
  x.entry.status = reply.status;
  await pause(x, 'after');
  if (await interrupted(x, 'after')) return;
  if (x.response.destroyed) return;
  const whole = stamped(x.message.method === 'HEAD' ? { ...reply, body: [] } : reply, x.ids, x.settings.now());
  await send(x.message, x.response, distort(whole, x.matched), {
    faults: x.matched,
    onBytes(count) {
      x.entry.bytesOut += count;
    },
    gone: x.gone,
  });
}

/** Resets and stalls around acting; true when there is nobody left to answer. */
async function interrupted(x: Exchange, moment: FaultMoment): Promise<boolean> {
  for (const fault of x.matched) {
    const { action } = fault;
    if ('reset' in action && action.reset === moment) {
      fault.fire();
      x.message.socket.resetAndDestroy();
      return true;
    }
    if ('stall' in action && action.stall === moment) {
      fault.fire();
      await Promise.race([fault.released, x.gone]);
    }
  }
  return x.response.destroyed;
}

/** Waits for the delays and holds of that moment. */
async function pause(x: Exchange, moment: FaultMoment): Promise<void> {
  for (const fault of x.matched) {
    const { action } = fault;
    if (!('delayMs' in action || 'hold' in action) || (action.when ?? 'before') !== moment) continue;
    fault.fire();
    await ('hold' in action ? Promise.race([action.hold, x.gone]) : delay(action.delayMs, x.gone));
  }
}

function delay(ms: number, gone: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void gone.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The reply to a request; every refusal is a reply too. Rejects when the client leaves. */
async function answer(x: Exchange): Promise<Reply> {
  try {
    const refusal = x.matched.find(({ action }) => 'status' in action || 'errorInBody' in action);
    if (refusal !== undefined) return await refuse(x, refusal);
    const request = withoutIgnoredRange(x);
    const signature = verifySignature(request, x.verifier);
    const body = await receive(x, signature);
    await pause(x, 'before');
    if (x.response.destroyed) throw new S3Error('IncompleteBody');
    return OPERATIONS[request.operation]({ ...x.settings, request, body });
  } catch (error) {
    await letClientListen(x);
    return replyTo(error, x.request.rawPath, x.ids);
  }
}

async function refuse(x: Exchange, fault: Fault): Promise<Reply> {
  const { action } = fault;
  if (!('status' in action || 'errorInBody' in action)) throw new TypeError('not a refusal');
  await letClientListen(x);
  await pause(x, 'before');
  fault.fire();
  const { code, message = usualMessage(code) } = 'status' in action ? action : action.errorInBody;
  const [status, headers] = 'status' in action ? [action.status, action.headers] : [200, {}];
  return errorReply(status, code, message, { Resource: x.request.rawPath }, x.ids, headers);
}

function withoutIgnoredRange({ request, matched }: Exchange): IncomingRequest {
  const fault = matched.find(({ action }) => 'ignoreRange' in action);
  if (fault === undefined || request.range === undefined) return request;
  fault.fire();
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'range'));
  return { ...request, headers, range: undefined };
}

async function receive(x: Exchange, signature: Signature): Promise<ReceivedBody> {
  const { operation, key } = x.request;
  const { limits, store, defaultChecksum, md5Etags } = x.settings;
  const storesBody = operation === 'PutObject' || operation === 'UploadPart';
  if (key !== undefined && Buffer.byteLength(key) > limits.maxKeyBytes) {
    throw new S3Error('KeyTooLongError', undefined, {
      Size: Buffer.byteLength(key),
      MaxSizeAllowed: limits.maxKeyBytes,
    });
  }
  if (x.expectsContinue) x.response.writeContinue();
  return receiveBody(x.message, x.request, {
    signature,
    maxBytes: storesBody ? limits.maxPartSize : MAX_DOCUMENT_BYTES,
    minChunkSize: limits.minChunkSize,
    md5: storesBody && md5Etags,
    wanted:
      operation === 'PutObject'
        ? defaultChecksum
        : operation === 'UploadPart'
          ? algorithmForPart(store, x.request.uploadId, defaultChecksum)
          : undefined,
    lengthRequired: storesBody,
    onBytes: countIn(x),
  });
}

/** Reads what is left of the body: a client that is still sending might miss the answer. */
async function letClientListen(x: Exchange): Promise<void> {
  if (x.message.readableEnded || x.response.destroyed) return;
  if (x.expectsContinue) {
    // The client waits to be asked for its body; it is not asked, and the connection is of no use afterwards.
    x.response.shouldKeepAlive = false;
    return;
  }
  await drain(x.message, countIn(x)).catch(() => undefined);
}

const countIn =
  ({ entry }: Exchange): ((count: number) => void) =>
  (count) => {
    entry.bytesIn += count;
  };

function replyTo(error: unknown, resource: string, ids: ReplyIds): Reply {
  if (!(error instanceof S3Error)) {
    const text = error instanceof Error ? error.message : 'unknown failure';
    return errorReply(500, 'InternalError', `${usualMessage('InternalError')} (${text})`, {}, ids);
  }
  const named = 'Key' in error.details || 'BucketName' in error.details;
  const details = named ? error.details : { ...error.details, Resource: resource };
  return errorReply(error.status, error.code, error.message, details, ids, error.headers);
}
