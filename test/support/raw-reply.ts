/** One HTTP reply as the wire gave it, whole or half. */
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';

export interface RawReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** How the body ended: complete, or the error's code. */
  readonly ended: string;
}

/** Sends the body of a request; resolves also with half a reply, rejects with none. */
export function replyTo(outgoing: ClientRequest, body: Buffer): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      // A reset in mid-body shows on both; half a reply is a reply.
      outgoing.off('error', reject).on('error', () => undefined);
      const received: Buffer[] = [];
      const finish = (ended: string): void => {
        const { statusCode: status = 0, headers } = incoming;
        resolve({ status, headers, body: Buffer.concat(received), ended });
      };
      incoming.on('data', (chunk: Buffer) => received.push(chunk));
      incoming.on('end', () => finish('complete'));
      incoming.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    });
    outgoing.end(body);
  });
}
