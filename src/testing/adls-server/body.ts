/** Receives a request body: the chunks as they came, never copied. */
import { createHash } from 'node:crypto';
import type { Call } from '../store-server/exchange.ts';
import { drain } from '../store-server/drain.ts';
import { AdlsError } from './errors.ts';
import type { IncomingRequest } from './request.ts';

/** A body that has arrived whole and verified. */
export interface ReceivedBody {
  readonly chunks: readonly Buffer[];
  readonly size: number;
}

/** Throws after the body has been read to its end. */
export async function receiveBody(request: IncomingRequest, call: Call, maxBytes: number): Promise<ReceivedBody> {
  const { allHeaders } = request;
  // Framed as XSM/1.0; stored as it is, the frames would become data.
  if ('x-ms-structured-body' in allHeaders) throw new AdlsError('UnsupportedHeader');
  const declared = allHeaders['content-length'];
  if (declared === undefined && 'transfer-encoding' in allHeaders) throw new AdlsError('MissingContentLengthHeader');
  if (Number(declared ?? 0) > maxBytes) throw new AdlsError('RequestBodyTooLarge');
  call.letBodyCome();
  const md5 = allHeaders['content-md5'];
  const hash = md5 === undefined ? undefined : createHash('md5');
  const chunks: Buffer[] = [];
  let size = 0;
  await drain(call.message, call.onBytes, (chunk) => {
    hash?.update(chunk);
    chunks.push(chunk);
    size += chunk.length;
  });
  if (hash !== undefined && hash.digest('base64') !== md5) throw new AdlsError('Md5Mismatch');
  return { chunks, size };
}
