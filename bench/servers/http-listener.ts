/** What all stores of the benchmarks share: plain HTTP, connections that live on, an orderly end. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BenchServer } from './run-as-process.ts';

export interface HttpCall {
  readonly method: string;
  /** Decoded, by its slashes; the first is what follows the leading one. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export async function startHttpListener(port: number, handle: (call: HttpCall) => Promise<void>): Promise<BenchServer> {
  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true, highWaterMark: 256 * 1024 });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // A client that leaves in the middle is its own business.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const url = new URL(request.url ?? '/', 'http://bench');
    const [, ...segments] = decodeURIComponent(url.pathname).split('/');
    const call = { method: request.method ?? 'GET', segments, query: url.searchParams, request, response };
    handle(call).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Resolves when the whole body has come and is gone. */
export async function drain(request: IncomingMessage): Promise<void> {
  request.resume();
  if (!request.readableEnded) await once(request, 'end');
}
