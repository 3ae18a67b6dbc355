/**
 * Serves GetObject with ranges, HeadObject and ListObjectsV2 out of memory, in any bucket, unsigned or signed.
 * `node bench/servers/static-s3.ts [--port 0] [--directory <files>] [--object <key>=<bytes>]... [--small <n>x<bytes>:<prefix>]...`
 */
import { parseArgs } from 'node:util';
import { runAsProcess } from './run-as-process.ts';
import type { BenchServer } from './run-as-process.ts';
import { listObjects } from './s3-listing.ts';
import { refuse, startS3Listener } from './s3-listener.ts';
import type { S3Call } from './s3-listener.ts';
import { answerWith } from './static-answer.ts';
import { fileObjects, keysAndSizes, syntheticObject } from './static-objects.ts';
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

function get(call: S3Call, object: StaticObject): Promise<void> {
  const { range } = call.request.headers;
  const refused = { 412: 'PreconditionFailed', 416: 'InvalidRange' };
  return answerWith(call, object, { range, refuse: (status) => refuse(call, status, refused[status]) });
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
  await runAsProcess(
    await startStaticS3({
      port: Number(values.port),
      ...(values.directory === undefined ? {} : { directory: values.directory }),
      objects: Object.fromEntries([...keysAndSizes(values.object), ...values.small.flatMap(small)]),
    }),
  );
}
