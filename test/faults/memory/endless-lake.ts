/** An account of ADLS that holds nothing in memory, as a process of its own: every file is read as zeros, `tiny` is one byte. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runAsProcess } from '../../../bench/servers/run-as-process.ts';

const MIB = 1024 * 1024;
const ZEROS = Buffer.alloc(MIB);
const ETAG = '"0x1"';
/** Of the file that was flushed last. */
let flushed = 0;

async function readRange(path: string, header: string, response: ServerResponse): Promise<void> {
  const total = path.endsWith('/tiny') ? 1 : 1024 * MIB;
  const [, first = '0', last = String(total - 1)] = /^bytes=(\d+)-(\d+)?/.exec(header) ?? [];
  const end = Math.min(Number(last), total - 1);
  const length = end - Number(first) + 1;
  const range = { 'content-range': `bytes ${first}-${end}/${total}`, 'content-length': length };
  response.writeHead(206, { etag: ETAG, 'last-modified': new Date(0).toUTCString(), ...range });
  for (let left = length; left > 0 && !response.destroyed; left -= MIB) {
    if (!response.write(ZEROS.subarray(0, left)))
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', headers } = request;
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host');
  // Taken in as fast as it comes, and thrown away.
  await once(request.resume(), 'end');
  response.setHeader('etag', ETAG);
  if (method === 'GET') await readRange(pathname, String(headers['x-ms-range']), response);
  else if (method === 'PUT') response.writeHead(201).end();
  else if (method === 'PATCH' && searchParams.get('action') === 'append') response.writeHead(202).end();
  else if (method === 'PATCH') {
    flushed = Number(searchParams.get('position'));
    response.writeHead(200).end();
  } else if (method === 'HEAD' && pathname.endsWith('.sluice-tmp')) {
    response.writeHead(200, { 'content-length': flushed }).end();
  } else if (method === 'HEAD' && !searchParams.has('action')) {
    response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end();
  } else response.writeHead(200).end();
}

const server = createServer((request, response) => {
  response.on('error', () => undefined);
  answer(request, response).catch(() => response.destroy());
});
await once(server.listen(0, '127.0.0.1'), 'listening');
await runAsProcess({
  port: (server.address() as AddressInfo).port,
  close: async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  },
});
