/** What both S3 servers share: path-style addresses over plain HTTP, connections that live on, an orderly end. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BenchServer } from './run-as-process.ts';
import { errorXml } from './s3-xml.ts';

export interface S3Call {
  readonly method: string;
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export async function startS3Listener(port: number, handle: (call: S3Call) => Promise<void>): Promise<BenchServer> {
  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true, highWaterMark: 256 * 1024 });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // A client that leaves in the middle is its own business.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const url = new URL(request.url ?? '/', 'http://bench');
    const [, bucket = '', ...key] = decodeURIComponent(url.pathname).split('/');
    const call = { method: request.method ?? 'GET', bucket, key: key.join('/'), query: url.searchParams };
    handle({ ...call, request, response }).catch(() => response.destroy());
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

export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body = '',
): void {
  const type = body === '' ? {} : { 'content-type': 'application/xml' };
  response.writeHead(status, { ...type, 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

export function refuse({ response, method }: S3Call, status: number, code: string): void {
  // The answer to a HEAD has no body.
  answer(response, status, {}, method === 'HEAD' ? '' : errorXml(code));
}

/** Whether the request asks for a sub-resource or an action: `?uploads`, `?uploadId=`, `?list-type=2`. */
export function asks({ query }: S3Call, name: string): boolean {
  return query.has(name);
}
