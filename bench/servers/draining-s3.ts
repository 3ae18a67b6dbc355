/**
 * Takes PutObject and multipart uploads, checks and echoes nothing but what the client itself said, and throws the
 * bodies away: the client alone is measured. `node bench/servers/draining-s3.ts [--port 0]`
 */
import type { IncomingHttpHeaders } from 'node:http';
import { parseArgs } from 'node:util';
import { DrainedStore } from './drained-uploads.ts';
import type { DrainedUpload } from './drained-uploads.ts';
import { drain } from './http-listener.ts';
import { runAsProcess } from './run-as-process.ts';
import type { BenchServer } from './run-as-process.ts';
import { listObjects } from './s3-listing.ts';
import { answer, asks, refuse, startS3Listener } from './s3-listener.ts';
import type { S3Call } from './s3-listener.ts';
import { xml } from './s3-xml.ts';

export interface DrainingS3Options {
  /** Default 0: any. */
  readonly port?: number;
}

export function startDrainingS3({ port = 0 }: DrainingS3Options = {}): Promise<BenchServer> {
  const store = new DrainedStore();
  return startS3Listener(port, (call) => route(store, call));
}

async function route(store: DrainedStore, call: S3Call): Promise<void> {
  const { method, bucket, key, query, request, response } = call;
  const path = `${bucket}/${key}`;
  if (method === 'GET' || method === 'HEAD') {
    read(store, call, path);
    return;
  }
  if (method === 'DELETE') {
    if (asks(call, 'uploadId')) store.uploads.delete(query.get('uploadId') ?? '');
    else store.objects.delete(path);
    answer(response, 204, {});
    return;
  }
  if (method === 'POST' && asks(call, 'uploads')) {
    create(store, call, path);
    return;
  }
  const upload = store.uploads.get(query.get('uploadId') ?? '');
  const isPart = method === 'PUT' && asks(call, 'partNumber');
  await drain(request);
  if (key === '') answer(response, 200, { location: `/${bucket}` });
  else if (upload === undefined && asks(call, 'uploadId')) refuse(call, 404, 'NoSuchUpload');
  else if (upload !== undefined && isPart) part(store, call, upload);
  else if (upload !== undefined) complete(store, call, upload);
  else put(store, call, path);
}

function read(store: DrainedStore, call: S3Call, path: string): void {
  const { method, bucket, key, query, response } = call;
  if (key === '' && method === 'GET' && asks(call, 'uploads')) {
    const uploads = [...store.uploads.values()].filter((upload) => upload.path.startsWith(`${bucket}/`));
    const Upload = uploads.map(({ id, path: at }) => ({ Key: at.slice(bucket.length + 1), UploadId: id }));
    answer(response, 200, {}, xml('ListMultipartUploadsResult', { Bucket: bucket, IsTruncated: false, Upload }));
  } else if (key === '') {
    const own = [...store.objects].filter(([at]) => at.startsWith(`${bucket}/`));
    listObjects(call, new Map(own.map(([at, object]) => [at.slice(bucket.length + 1), object])));
  } else if (asks(call, 'uploadId')) {
    const upload = store.uploads.get(query.get('uploadId') ?? '');
    if (upload === undefined) refuse(call, 404, 'NoSuchUpload');
    else {
      const Part = [...upload.parts].map(([PartNumber, { size, etag }]) => ({ PartNumber, ETag: etag, Size: size }));
      answer(response, 200, {}, xml('ListPartsResult', { Bucket: bucket, Key: key, IsTruncated: false, Part }));
    }
  } else {
    const object = store.objects.get(path);
    if (object === undefined || method === 'GET') {
      refuse(call, object === undefined ? 404 : 501, object === undefined ? 'NoSuchKey' : 'NotImplemented');
      return;
    }
    const { size, etag, modified, headers } = object;
    answer(response, 200, { ...headers, etag, 'last-modified': modified.toUTCString(), 'content-length': size });
  }
}

function create(store: DrainedStore, { bucket, key, request, response }: S3Call, path: string): void {
  const algorithm = one(request.headers, 'x-amz-checksum-algorithm');
  const type = one(request.headers, 'x-amz-checksum-type');
  const { id } = store.begin(path, { headers: metadata(request.headers), algorithm, type });
  request.resume();
  const echoed = {
    ...(algorithm === undefined ? {} : { 'x-amz-checksum-algorithm': algorithm }),
    ...(type === undefined ? {} : { 'x-amz-checksum-type': type }),
  };
  const body = xml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
  answer(response, 200, echoed, body);
}

function part(store: DrainedStore, { query, request, response }: S3Call, upload: DrainedUpload): void {
  const etag = store.etag(one(request.headers, 'content-md5'));
  upload.parts.set(Number(query.get('partNumber')), { size: sizeOf(request.headers), etag });
  answer(response, 200, { etag, ...checksums(request.headers) });
}

function complete(store: DrainedStore, { bucket, key, request, response }: S3Call, upload: DrainedUpload): void {
  const { etag } = store.complete(upload);
  const value = upload.algorithm === undefined ? undefined : one(request.headers, checksumHeader(upload.algorithm));
  const stored =
    value === undefined || upload.algorithm === undefined
      ? {}
      : { [`Checksum${upload.algorithm}`]: value, ChecksumType: upload.type };
  const result = { Location: `/${bucket}/${key}`, Bucket: bucket, Key: key, ETag: etag, ...stored };
  answer(response, 200, {}, xml('CompleteMultipartUploadResult', result));
}

function put(store: DrainedStore, { request, response }: S3Call, path: string): void {
  const { headers } = request;
  const etag = store.etag(one(headers, 'content-md5'));
  store.objects.set(path, { size: sizeOf(headers), etag, modified: new Date(), headers: metadata(headers) });
  answer(response, 200, { etag, ...checksums(headers) });
}

/** Of an aws-chunked body, the bytes without its framing. */
function sizeOf(headers: IncomingHttpHeaders): number {
  return Number(one(headers, 'x-amz-decoded-content-length') ?? headers['content-length'] ?? 0);
}

function checksums(headers: IncomingHttpHeaders): Record<string, string> {
  const names = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'].map(checksumHeader);
  return Object.fromEntries(
    names.flatMap((name) => (one(headers, name) === undefined ? [] : [[name, one(headers, name) ?? '']])),
  );
}

function checksumHeader(algorithm: string): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

function metadata(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-') || name === 'content-type');
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
  await runAsProcess(await startDrainingS3({ port: Number(values.port) }));
}
