/**
 * Serves GetObject with ranges, HeadObject and ListObjectsV2 out of memory, in any bucket, unsigned or signed.
 * `node bench/servers/static-s3.ts [--port 0] [--directory <files>] [--object <key>=<bytes>]... [--small <n>x<bytes>:<prefix>]...`
 */
import type { ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { runAsProcess } from './run-as-process.ts';
import type { BenchServer } from './run-as-process.ts';
import { listObjects } from './s3-listing.ts';
import { refuse, startS3Listener } from './s3-listener.ts';
import type { S3Call } from './s3-listener.ts';
import { fileObjects, syntheticObject } from './static-objects.ts';
import type { StaticObject } from './static-objects.ts';

export interface StaticS3Options {
  /** Default 0: any. */
  readonly port?: number;
  /** Every file below it is an object. */
  readonly directory?: string;
  /** Made-up objects: key and size. */
  readonly objects?: Readonly<Record<string, number>>;
}

export function startStaticS3({ port = 0, directory, objects = {} }: StaticS3Options): Promise<BenchServer> {
  const synthetic = Object.entries(objects).map(([key, size]) => [key, syntheticObject(size)] as const);
  const store = new Map([...(directory === undefined ? [] : fileObjects(directory)), ...synthetic]);
  return startS3Listener(port, async (call) => {
    const { method, key } = call;
    const object = store.get(key);
    if (method !== 'GET' && method !== 'HEAD') refuse(call, 405, 'MethodNotAllowed');
    else if (key === '') listObjects(call, store);
    else if (object === undefined) refuse(call, 404, 'NoSuchKey');
    else await get(call, object);
  });
}

async function get(call: S3Call, object: StaticObject): Promise<void> {
  const { method, request, response } = call;
  const { size, etag, modified } = object;
  const { 'if-match': ifMatch, range } = request.headers;
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch.replaceAll('"', '') !== etag.replaceAll('"', '')) {
    refuse(call, 412, 'PreconditionFailed');
    return;
  }
  const [start, end] = range === undefined ? [0, size] : bounds(range, size);
  if (start >= end && range !== undefined) {
    refuse(call, 416, 'InvalidRange');
    return;
  }
  response.writeHead(range === undefined ? 200 : 206, {
    etag,
    'content-length': end - start,
    'last-modified': modified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
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

/** `100x65536:prefix/` as keys and sizes. */
function small(spec: string): [string, number][] {
  const [, count = '0', size = '0', prefix = ''] = /^(\d+)x(\d+):(.*)$/.exec(spec) ?? [];
  return Array.from({ length: Number(count) }, (_, n) => [`${prefix}${String(n).padStart(6, '0')}`, Number(size)]);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      directory: { type: 'string' },
      object: { type: 'string', multiple: true, default: [] },
      small: { type: 'string', multiple: true, default: [] },
    },
  });
  const single = values.object.map((spec): [string, number] => {
    const at = spec.lastIndexOf('=');
    return [spec.slice(0, at), Number(spec.slice(at + 1))];
  });
  await runAsProcess(
    await startStaticS3({
      port: Number(values.port),
      ...(values.directory === undefined ? {} : { directory: values.directory }),
      objects: Object.fromEntries([...single, ...values.small.flatMap(small)]),
    }),
  );
}
