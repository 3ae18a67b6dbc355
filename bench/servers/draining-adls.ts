/**
 * Takes files by create, append, flush and rename, and throws their bytes away: the client alone is measured. Lengths
 * are kept, and a flush is refused that has a gap before it. `node bench/servers/draining-adls.ts [--port 0]`
 */
import { parseArgs } from 'node:util';
import { answer, refuse, startAdlsListener, withoutAccount } from './adls-listener.ts';
import type { AdlsCall } from './adls-listener.ts';
import { drain } from './http-listener.ts';
import { runAsProcess } from './run-as-process.ts';
import type { BenchServer } from './run-as-process.ts';

export interface DrainingAdlsOptions {
  /** Default 0: any. */
  readonly port?: number;
}

interface DrainedFile {
  readonly etag: string;
  readonly modified: string;
  /** Flushed. */
  readonly size: number;
  /** Lengths of the appends, by their offsets. */
  readonly appends: Map<number, number>;
}

export function startDrainingAdls({ port = 0 }: DrainingAdlsOptions = {}): Promise<BenchServer> {
  const store = new DrainedFiles();
  return startAdlsListener(port, (call) => route(store, call));
}

class DrainedFiles {
  readonly #files = new Map<string, DrainedFile>();
  #lastEtag = 0;

  get(name: string): DrainedFile | undefined {
    return this.#files.get(name);
  }

  set(name: string, size: number, appends: Map<number, number>): DrainedFile {
    this.#lastEtag += 1;
    const etag = `"0x${this.#lastEtag.toString(16).toUpperCase().padStart(16, '0')}"`;
    const file = { etag, modified: new Date().toUTCString(), size, appends };
    this.#files.set(name, file);
    return file;
  }

  /** False where nothing is at `source`. */
  rename(source: string, name: string): boolean {
    const file = this.#files.get(source);
    if (file === undefined) return false;
    this.#files.set(name, file);
    return this.#files.delete(source);
  }

  delete(name: string): boolean {
    return this.#files.delete(name);
  }
}

async function route(store: DrainedFiles, call: AdlsCall): Promise<void> {
  const { method, file: name, query, request } = call;
  await drain(request);
  const source = request.headers['x-ms-rename-source'];
  const file = store.get(name);
  if (method === 'HEAD' && query.get('action') === 'getAccessControl') answer(call, 200, { 'x-ms-acl': 'user::rwx' });
  else if (method === 'PUT' && typeof source === 'string') rename(store, call, source);
  else if (method === 'PUT') answer(call, 201, identity(store.set(name, 0, new Map())));
  else if (file === undefined) refuse(call, 404, method === 'HEAD' ? 'BlobNotFound' : 'PathNotFound');
  else if (method === 'HEAD') answer(call, 200, { ...identity(file), 'content-length': file.size });
  else if (method === 'PATCH' && query.get('action') === 'append') append(call, file);
  else if (method === 'PATCH') flush(store, call, file);
  else if (method === 'DELETE') answer(call, store.delete(name) ? 200 : 404);
  else refuse(call, 405, 'UnsupportedHttpVerb');
}

function rename(store: DrainedFiles, call: AdlsCall, source: string): void {
  const [, ...segments] = decodeURIComponent(source.replace(/\?.*$/, '')).split('/');
  if (store.rename(withoutAccount(segments), call.file)) answer(call, 201);
  else refuse(call, 404, 'SourcePathNotFound');
}

function append(call: AdlsCall, { appends }: DrainedFile): void {
  const { query, request } = call;
  appends.set(Number(query.get('position')), Number(request.headers['content-length']));
  answer(call, 202);
}

function flush(store: DrainedFiles, call: AdlsCall, { appends }: DrainedFile): void {
  const size = Number(call.query.get('position'));
  let reached = 0;
  for (let length; reached < size && (length = appends.get(reached)) !== undefined;) reached += length;
  if (reached === size) answer(call, 200, identity(store.set(call.file, size, appends)));
  else refuse(call, 400, 'InvalidFlushPosition');
}

function identity({ etag, modified }: DrainedFile): Record<string, string> {
  return { etag, 'last-modified': modified };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
  await runAsProcess(await startDrainingAdls({ port: Number(values.port) }));
}
