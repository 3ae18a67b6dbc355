/** A static object as the answer to GET or HEAD: whole or a range, of the version that is asked for. */
import type { ServerResponse } from 'node:http';
import type { HttpCall } from './http-listener.ts';
import type { StaticObject } from './static-objects.ts';

export interface StaticAnswer {
  /** Such as `bytes=0-99`; all of it by default. */
  readonly range: string | undefined;
  /** What this store says beside the rest. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers 412 and 416, in the words of the store. */
  readonly refuse: (status: 412 | 416) => void;
}

export async function answerWith(
  { method, request, response }: Pick<HttpCall, 'method' | 'request' | 'response'>,
  object: StaticObject,
  { range, headers = {}, refuse }: StaticAnswer,
): Promise<void> {
  const { size, etag, modified } = object;
  const ifMatch = request.headers['if-match'];
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch.replaceAll('"', '') !== etag.replaceAll('"', '')) {
    refuse(412);
    return;
  }
  const [start, end] = range === undefined ? [0, size] : bounds(range, size);
  if (start >= end && range !== undefined) {
    refuse(416);
    return;
  }
  response.writeHead(range === undefined ? 200 : 206, {
    etag,
    'content-length': end - start,
    'last-modified': modified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    ...headers,
  });
  if (method === 'GET') for (const piece of object.bytes(start, end)) await send(response, piece);
  response.end();
}

/** Big pieces go to the kernel as they are; the next one waits until it has taken them. */
function send(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(piece, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

/** `bytes=a-b`, `bytes=a-` and `bytes=-n`, end exclusive. */
function bounds(range: string, size: number): readonly [number, number] {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === '') return [Math.max(0, size - Number(last)), size];
  return [Number(first), last === '' ? size : Math.min(size, Number(last) + 1)];
}
