/**
 * Serves files with ranges out of memory, in any container, whoever asks.
 * `node bench/servers/static-adls.ts [--port 0] [--file <path>=<bytes>]...`
 */
import { parseArgs } from 'node:util';
import { refuse, startAdlsListener } from './adls-listener.ts';
import { runAsProcess } from './run-as-process.ts';
import type { BenchServer } from './run-as-process.ts';
import { answerWith } from './static-answer.ts';
import { keysAndSizes, syntheticObject } from './static-objects.ts';

export interface StaticAdlsOptions {
  /** Default 0: any. */
  readonly port?: number;
  /** Made-up files: path and size. */
  readonly files: Readonly<Record<string, number>>;
}

export function startStaticAdls({ port = 0, files }: StaticAdlsOptions): Promise<BenchServer> {
  const store = new Map(Object.entries(files).map(([path, size]) => [path, syntheticObject(size)]));
  const refused = { 412: 'ConditionNotMet', 416: 'InvalidRange' };
  return startAdlsListener(port, async (call) => {
    const { method, file, request } = call;
    const object = store.get(file.slice(file.indexOf('/') + 1));
    if (method !== 'GET' && method !== 'HEAD') refuse(call, 405, 'UnsupportedHttpVerb');
    else if (object === undefined) refuse(call, 404, 'BlobNotFound');
    else {
      const range = request.headers['x-ms-range'] as string | undefined;
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'x-ms-resource-type': 'file' };
      await answerWith(call, object, { range, headers, refuse: (status) => refuse(call, status, refused[status]) });
    }
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, file: { type: 'string', multiple: true, default: [] } },
  });
  await runAsProcess(
    await startStaticAdls({ port: Number(values.port), files: Object.fromEntries(keysAndSizes(values.file)) }),
  );
}
