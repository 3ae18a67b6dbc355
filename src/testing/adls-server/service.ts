/** What is of Azure about an exchange: authorization, body, operation, errors of either endpoint. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Service } from '../store-server/exchange.ts';
import type { Reply } from '../store-server/reply.ts';
import { otherDigest } from '../store-server/reply-faults.ts';
import { authorize } from './authorize.ts';
import { receiveBody } from './body.ts';
import type { Settings } from './context.ts';
import { AdlsError, errorReply, usualMessage } from './errors.ts';
import type { ErrorText } from './errors.ts';
import { OPERATIONS } from './operations/index.ts';
import { publicPart, readRequest } from './request.ts';
import type { AdlsRequest, IncomingRequest } from './request.ts';

/** No document of the service is longer. */
const MAX_DOCUMENT_BYTES = 1024 * 1024;

export function adlsService(settings: Settings): Service<IncomingRequest, AdlsRequest> {
  const { now, limits, authority } = settings;
  return {
    readRequest: (message) => readRequest(message, authority.account),
    seen: publicPart,
    wrongChecksum,
    answer(message) {
      const requestId = randomUUID();
      const refuse = (request: IncomingRequest | undefined, text: ErrorText): Reply =>
        errorReply(request?.endpoint ?? request?.side ?? 'blob', text, { requestId, now: now() });
      return {
        async act(request, call) {
          authorize(request, authority);
          // Each endpoint of Azure refuses what belongs to the other.
          if ((request.endpoint ?? request.side) !== request.side) throw new AdlsError('InvalidQueryParameterValue');
          const stores = request.operation === 'AppendFile' || request.operation === 'PutBlob';
          const body = await receiveBody(request, call, stores ? limits.maxAppendSize : MAX_DOCUMENT_BYTES);
          await call.complete();
          return OPERATIONS[request.operation]({ ...settings, request, body });
        },
        refusal: (request, { status, code, message: text = usualMessage(code) }) =>
          refuse(request, { status, code, message: text }),
        replyTo(error, request) {
          if (!(error instanceof AdlsError)) {
            const reason = error instanceof Error ? error.message : 'unknown failure';
            const text = `${usualMessage('InternalError')} (${reason})`;
            return refuse(request, { status: 500, code: 'InternalError', message: text });
          }
          const { status, code, message: text, extras } = error;
          const reply = refuse(request, { status, code, message: text, detail: extras.detail });
          return { ...reply, headers: { ...reply.headers, ...extras.headers } };
        },
        stamped: (reply) => stamped(reply, message, requestId, now()),
      };
    },
  };
}

/** The headers that every reply carries; the version is the request's own. */
function stamped(reply: Reply, { headers }: IncomingMessage, requestId: string, now: Date): Reply {
  const version = headers['x-ms-version'];
  const clientId = headers['x-ms-client-request-id'];
  return {
    ...reply,
    headers: {
      'x-ms-request-id': requestId,
      'x-ms-version': typeof version === 'string' ? version : '2026-06-06',
      ...(typeof clientId === 'string' ? { 'x-ms-client-request-id': clientId } : {}),
      date: now.toUTCString(),
      server: 'Windows-Azure-HDFS/1.0 Microsoft-HTTPAPI/2.0',
      ...reply.headers,
    },
  };
}

function wrongChecksum(reply: Reply): Reply {
  const names = ['content-md5', 'x-ms-blob-content-md5'].filter((name) => name in reply.headers);
  const wrong = Object.fromEntries(names.map((name) => [name, otherDigest(reply.headers[name] ?? '')]));
  return names.length === 0 ? reply : { ...reply, headers: { ...reply.headers, ...wrong } };
}
