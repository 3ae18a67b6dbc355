/** An endpoint that answers whatever a test wants, for what no S3 server would do. It verifies nothing. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setInterval } from 'node:timers';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';

export interface Endpoint extends AsyncDisposable {
  readonly url: string;
  readonly settings: S3Settings;
  /** Connections so far. */
  readonly connections: number;
  /** Connections that are open. */
  readonly open: number;
  /** Of each request so far, its method and path. */
  readonly requests: readonly string[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse, socket: Socket) => void;

export async function startEndpoint(answer: Answer): Promise<Endpoint> {
  const open = new Set<Socket>();
  const requests: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.on('error', () => undefined);
    request.resume().on('end', () => answer(request, response, request.socket));
  });
  server.on('connection', (socket) => {
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'AKIDENDPOINT', secretAccessKey: 'secret-of-endpoint' };
  return {
    url,
    settings: { endpointUrl: url, region: 'us-east-1', credentials },
    get connections() {
      return connections;
    },
    get open() {
      return open.size;
    },
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Writes `chunk` for as long as somebody reads, and counts. */
export function endlessly(response: ServerResponse, chunk: string | Buffer, written: (bytes: number) => void): void {
  const write = (): void => {
    let more = true;
    while (more && !response.destroyed) {
      more = response.write(chunk);
      written(Buffer.byteLength(chunk));
    }
  };
  response.on('drain', write);
  write();
}

/** Writes a little every few milliseconds, for as long as somebody reads. */
export function drip(socket: Socket | ServerResponse, chunk: string | Buffer, everyMs = 10): void {
  const timer = setInterval(() => socket.write(chunk), everyMs);
  socket.on('close', () => clearInterval(timer));
}

export const document = (root: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`;
