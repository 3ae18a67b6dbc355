/** Puts a reply on the wire, and cuts it at the very byte a fault asks for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { delivered, flushed } from './delivery.ts';
import type { Fault } from './faults.ts';
import { byteLength, sliceChunks } from './reply.ts';
import type { Reply } from './reply.ts';
import { reset } from './reset.ts';

export interface SendOptions {
  readonly faults: readonly Fault[];
  readonly onBytes: (count: number) => void;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
}

/** Where and how a reply breaks off. */
interface Cut {
  readonly kind: 'reset' | 'end' | 'stall';
  readonly afterBytes: number;
  readonly fault: Fault;
}

/** Stored chunks are small; one system call takes this many bytes of them. */
const BATCH_BYTES = 1024 * 1024;

export async function send(
  message: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  options: SendOptions,
): Promise<void> {
  const cut = cutOf(options.faults);
  const length = byteLength(reply.body);
  writeHead(message, response, reply, options.faults);
  if (cut === undefined || cut.afterBytes > length || message.method === 'HEAD') {
    await writeBody(response, reply.body, options);
    response.end();
    return;
  }
  const { socket } = message;
  response.flushHeaders();
  await writeBody(response, sliceChunks(reply.body, 0, cut.afterBytes), options);
  if (response.destroyed) return;
  await (cut.kind === 'reset' ? delivered(socket) : flushed(socket));
  cut.fault.fire();
  switch (cut.kind) {
    case 'reset':
      reset(socket);
      return;
    case 'end':
      socket.end();
      return;
    case 'stall':
      await Promise.race([cut.fault.released, options.gone]);
      await writeBody(response, sliceChunks(reply.body, cut.afterBytes, length), options);
      response.end();
  }
}

function cutOf(faults: readonly Fault[]): Cut | undefined {
  for (const fault of faults) {
    const { action } = fault;
    if ('reset' in action && typeof action.reset === 'object') return { kind: 'reset', ...action.reset, fault };
    if ('end' in action && action.end !== undefined) return { kind: 'end', ...action.end, fault };
    if ('stall' in action && typeof action.stall === 'object') return { kind: 'stall', ...action.stall, fault };
  }
  return undefined;
}

function writeHead(message: IncomingMessage, response: ServerResponse, reply: Reply, faults: readonly Fault[]): void {
  const headers: Record<string, string> = { ...reply.headers };
  const noLength = faults.find(({ action }) => 'noLength' in action);
  const bodiless = reply.status === 204 || reply.status === 304;
  if (noLength !== undefined) {
    // Neither chunked nor counted: the end of the connection is the end of the body.
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    if (!('end' in noLength.action)) noLength.fire();
  } else if (!bodiless && !(message.method === 'HEAD' && reply.contentLength === undefined)) {
    headers['content-length'] = String(reply.contentLength ?? byteLength(reply.body));
  }
  response.sendDate = false;
  response.writeHead(reply.status, headers);
}

/** Writes with backpressure; stops when the client is gone. */
async function writeBody(response: ServerResponse, body: readonly Buffer[], options: SendOptions): Promise<void> {
  let batch = 0;
  response.cork();
  for (const piece of pieces(body)) {
    response.write(piece);
    options.onBytes(piece.length);
    batch += piece.length;
    if (batch < BATCH_BYTES) continue;
    response.uncork();
    batch = 0;
    if (response.writableNeedDrain) await Promise.race([drained(response), options.gone]);
    if (response.destroyed) return;
    response.cork();
  }
  response.uncork();
}

function* pieces(body: readonly Buffer[]): Generator<Buffer> {
  for (const chunk of body) {
    for (let offset = 0; offset < chunk.length; offset += BATCH_BYTES) {
      yield chunk.subarray(offset, offset + BATCH_BYTES);
    }
  }
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve);
  });
